import type { Build } from "../build.ts";
import { holdsCredentials } from "../context.ts";
import type { Instruction, Pair } from "../instruction.ts";
import type { Hit, Judged, Level } from "../rule.ts";
import type { Stage } from "../stages.ts";
import { sourcesOf } from "./copied.ts";

const secretName =
  /(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|AUTH_KEY|CREDENTIALS?)(?:_|$)/i;
/** What such a name holds beside the secret itself: where it is, how long it lasts, that it is none. */
const publicName =
  /(?:_|^)(?:PUBLIC|PUB|ALLOW|REQUIRE|DISABLE|ENABLE|USE|MIN|MAX)_|_(?:FILE|PATH|DIR|URL|URI|NAME|TTL|EXPIRY|EXPIRES|EXPIRATION|LENGTH|HEADER|ISSUER|AUDIENCE|TYPE|DUMMY|ENDPOINT|ALGORITHM|VERSION|SHA\d*)$/i;
const placeholder =
  /^(?:|true|false|yes|no|null|none|todo|\d|x+|\*+|<.*>|\[.*\]|.*(?:change-?_?me|dummy|placeholder|example|not-?_?a-?_?secret|redacted|build-?_?time).*)$/i;

/** Forms of keys that tell themselves, whatever the name. */
const secretValue =
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{40}|\bglpat-[\w-]{20}|\bxox[abprs]-[\w-]{10}|\bnpm_[A-Za-z0-9]{36}|\bsk_live_\w{16}|\bAIza[\w-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY/;

function isSecret({ name, value }: Pair): boolean {
  if (value === null) return false;
  if (secretValue.test(value)) return true;
  const isLiteral = !value.includes("$") && !value.startsWith("/") && !placeholder.test(value);
  return isLiteral && isSecretName(name);
}

/** Whether the name alone says that its value is a secret. A fingerprint (`GPG_KEY`) is public. */
function isSecretName(name: string): boolean {
  return secretName.test(name) && !publicName.test(name);
}

/** In the image's own layers and history it is published; elsewhere it is in build caches. */
function levelIn({ chain }: Build, stage: Stage): Level {
  return chain.includes(stage) ? "error" : "warning";
}

function inStages(judged: Judged, hits: (one: Instruction, level: Level) => readonly Hit[]) {
  return judged.needed.flatMap((stage) =>
    stage.instructions.flatMap((one) => hits(one, levelIn(judged, stage))),
  );
}

const bySecret = "pass it while building, in no layer: RUN --mount=type=secret,id=NAME …";

/** https://docs.docker.com/build/building/secrets/ and https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/ */
export function secretInEnv(judged: Judged): readonly Hit[] {
  return inStages(judged, ({ keyword, line, pairs }, level) =>
    keyword !== "ENV"
      ? []
      : pairs.filter(isSecret).map(({ name }) => ({
          line,
          level,
          message: `ENV ${name} has the value of a secret`,
          repair: `${bySecret}; give it to the container when it starts`,
        })),
  );
}

/** An argument's value stands in the history of the image and in its provenance. */
export function secretInArg(judged: Judged): readonly Hit[] {
  return inStages(judged, ({ keyword, line, pairs }, level) => {
    if (keyword !== "ARG") return [];
    return pairs.flatMap((pair) => {
      const { name, value } = pair;
      if (isSecret(pair))
        return [
          { line, level, message: `ARG ${name} has the value of a secret`, repair: bySecret },
        ];
      if (value !== null || !isSecretName(name)) return [];
      const message = `ARG ${name}: what is passed for it stands in the image's history`;
      return [{ line, level: "warning" as const, message, repair: bySecret }];
    });
  });
}

/** Later instructions may delete it; the layer keeps it. */
export function secretCopied(judged: Judged): readonly Hit[] {
  return inStages(judged, (one, level) =>
    sourcesOf(one)
      .filter(holdsCredentials)
      .map((path) => ({
        line: one.line,
        level,
        message: `${one.keyword} puts ${path} into a layer`,
        repair: `${bySecret} for a build; a mounted file or the environment for a container`,
      })),
  );
}

const urlWithPassword = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@:'"]*:)?([^\s/@:'"]+)@/gi;

/** `ADD https://user:password@host/…`, and the same in RUN, where it is in the history. */
export function secretInUrl(judged: Judged): readonly Hit[] {
  return inStages(judged, ({ keyword, line, words }, level) => {
    if (keyword !== "ADD" && keyword !== "RUN") return [];
    const found = [...words.join(" ").matchAll(urlWithPassword)].some(([whole, password = ""]) =>
      isGiven(whole, password, keyword),
    );
    if (!found) return [];
    const message = `${keyword} has a password in an address`;
    return [{ line, level, message, repair: bySecret }];
  });
}

/** In RUN a variable may come from a secret mount; ADD has none but ARG and ENV. `git@host` names a user alone. */
function isGiven(whole: string, password: string, keyword: string): boolean {
  if (password.includes("$")) return keyword === "ADD";
  const hasPassword = /:\/\/[^/@]*:[^/@]+@/.test(whole);
  return hasPassword ? !placeholder.test(password) : secretValue.test(password);
}
