import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { callOrRefuse } from "./call.ts";
import { cache, root } from "./place.ts";
import { Refusal, say, start } from "./say.ts";

// Brings the oldest Node that package.json promises to run on into .cache/oldest-node, from the npm registry, and prints
// the program.
const home = join(cache, "oldest-node");
const program = join(home, "node_modules/node/bin/node");

function promised(): string {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = /^>=(\d+\.\d+)$/.exec(engines.node)?.[1];
  if (version === undefined) throw new Refusal(`no oldest Node in engines: ${engines.node}`);
  return `${version}.0`;
}

await start(() => {
  const version = promised();
  if (!existsSync(program) || callOrRefuse(program, ["--version"]).trim() !== `v${version}`) {
    say(`fetching Node ${version}, the oldest that package.json promises, into .cache/oldest-node`);
    mkdirSync(home, { recursive: true });
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    callOrRefuse("npm", ["install", "--prefix", home, ...quiet, `node@${version}`], {
      timeout: 10 * 60_000,
    });
  }
  console.log(program);
});
