import { type Build, lastOf, rootOf } from "../build.ts";
import { type ImageName, officialName } from "../image-name.ts";
import type { Hit, Judged, Level } from "../rule.ts";
import { expand } from "../variables.ts";

/** Programs that begin as root and give it up by themselves, and those made to do that for another. */
const stepsDown =
  /^(?:gosu|su-exec|setpriv|runuser|chpst|s6-setuidgid|nginx|httpd|httpd-foreground|apache2|apache2-foreground|apachectl|haproxy|postgres|mysqld|mariadbd|redis-server|memcached|sshd|named|unbound|dovecot|postfix|php-fpm[\d.]*|supervisord|init|tini-static)$/;

/** What an image to build upon starts when nobody says otherwise: an interpreter without a script, or a shell. */
const interpreters =
  /^(?:python|pypy|node|deno|bun|ruby|irb|php|perl|julia|R|ghci|iex|erl|elixir|swift|jshell|lua|bash|sh|ash|zsh|powershell|pwsh|groovysh|scala|clojure|rustc|go|mvn|gradle)[\d.]*$/;

/** Official images that run as a user of their own. */
const rootless = new Set([
  "haproxy",
  "memcached",
  "elasticsearch",
  "kibana",
  "logstash",
  "solr",
  "varnish",
  "neo4j",
]);

/**
 * The image's process is root: by USER 0, `root:…`, an argument that says so, or because nobody says
 * otherwise. Least where the file alone cannot tell: an unknown base may bring a user.
 * https://docs.docker.com/build/building/best-practices/#user
 */
export function runsAsRoot(build: Judged): readonly Hit[] {
  const user = lastOf(build, "USER");
  const repair = "create a user, and name it last: USER 10001:10001";
  if (user === undefined) {
    const level = levelWithout(build);
    const message = "no USER: the process runs as root, unless the base image says otherwise";
    return level === undefined ? [] : [{ line: build.target.from.line, message, repair, level }];
  }
  const stage = build.chain.find(({ instructions }) => instructions.includes(user));
  const name = expand(user.words.join(" "), stage?.scope ?? new Map());
  if (name === undefined || !isRoot(name)) return [];
  const level = isForBuildingOn(build) || isSteppingDown(build) ? "info" : "error";
  return [{ line: user.line, message: `the process runs as root: USER ${name}`, repair, level }];
}

function isRoot(user: string): boolean {
  return /^(?:root|0+|ContainerAdministrator)(?::|$)/i.test(user.trim());
}

function levelWithout(build: Build): Level | undefined {
  const { base } = rootOf(build);
  if (isForBuildingOn(build) || isSteppingDown(build)) return "info";
  if (base.kind === "scratch") return "warning";
  return base.kind === "image" ? levelOn(base) : "info";
}

/** Distroless images are root but for their nonroot tags; of others' images nobody here knows. */
function levelOn({ repository, tag = "" }: ImageName): Level | undefined {
  if (/nonroot|rootless|unprivileged|^cgr\.dev\/|(?:^|\/)bitnami\//.test(`${repository}:${tag}`)) {
    return undefined;
  }
  const name = officialName(repository);
  if (name === undefined) return /^gcr\.io\/distroless\//.test(repository) ? "warning" : "info";
  if (rootless.has(name)) return undefined;
  return stepsDown.test(name) ? "info" : "warning";
}

/** Nothing of its own to start: whoever builds upon it decides. */
function isForBuildingOn(build: Build): boolean {
  const entry = lastOf(build, "ENTRYPOINT");
  const command = lastOf(build, "CMD");
  if (entry === undefined && command === undefined) return copiesNothing(build);
  if (command === undefined) return false;
  const [program = "", ...rest] = command.words;
  const name = program.slice(program.lastIndexOf("/") + 1);
  return (
    interpreters.test(name) && rest.every((word) => /^-(?:a|i|l|-?interactive|it)$/.test(word))
  );
}

function copiesNothing({ chain }: Build): boolean {
  return !chain.some(({ instructions }) =>
    instructions.some(
      ({ keyword, flags, words }) =>
        (keyword === "COPY" || keyword === "ADD") &&
        !flags.some(({ name }) => name === "from") &&
        !words.some((word) => /^https?:|\.(?:tar|tgz|tar\.\w+)$/.test(word)),
    ),
  );
}

function isSteppingDown(build: Build): boolean {
  const started = [lastOf(build, "ENTRYPOINT"), lastOf(build, "CMD")].flatMap(
    (one) => one?.words ?? [],
  );
  const ran = build.chain.flatMap(({ instructions }) =>
    instructions.flatMap(({ commands }) => commands),
  );
  const tools = /(?:^|\/)(?:gosu|su-exec|setpriv|s6-overlay\S*|chpst)$/;
  return (
    started.some((word) => stepsDown.test(word.slice(word.lastIndexOf("/") + 1))) ||
    ran.some(({ program, args }) => tools.test(program) || args.some((word) => tools.test(word)))
  );
}
