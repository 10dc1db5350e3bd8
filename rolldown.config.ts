import { globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { Plugin } from "@oclif/core";
import { defineConfig, type OutputBundle } from "rolldown";
import { writeDeclarations } from "./scripts/declarations.ts";

// One entry per command, so that oclif loads only the command being run; package.json names hook, help and the library.
const named = ["src/cli/help.ts", "src/cli/unknown-command.ts", "src/local/server.ts"];
const entries = ["bin/slipway.ts", ...named, ...globSync("commands/**/*.ts")];

export default defineConfig({
  input: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, ""), file])),
  platform: "node",
  resolve: { mainFields: ["module", "main"] }, // what is not used of a module can be left out
  external: ["typescript", "pnpapi"], // optional requires of oclif, never reached here
  transform: { target: "node22", define: { __dirname: "import.meta.dirname" } },
  output: {
    dir: "dist",
    cleanDir: true,
    // Whoever asks AWS needs all of it, and forty files take longer to open than one.
    codeSplitting: {
      groups: [{ name: "aws", test: /[\\/](?:@aws-sdk|@smithy|@aws)[\\/]/, tags: ["$initial"] }],
    },
  },
  plugins: [
    { name: "lean-http", resolveId: resolveHttp, load: loadHttp },
    {
      name: "licenses",
      generateBundle: (_options, bundle) => {
        writeFileSync("THIRD_PARTY_LICENSES", licensesOf(bundle));
      },
    },
    { name: "oclif-manifest", closeBundle: writeManifest },
    {
      name: "declarations",
      closeBundle: () => writeDeclarations("local/server.d.ts", "dist/types"),
    },
  ],
});

/**
 * Importing `node:http` as a module reads everything that it exports, and with it Node's `WebSocket` and `fetch`: a tenth
 * of the time that a plan takes. Asked for by name it gives what is used.
 */
const leanHttp = "\0node:http";

function resolveHttp(id: string, _importer: string | undefined, { kind }: { kind: string }) {
  const isHttp = id === "node:http" || id === "http";
  return isHttp && kind !== "require-call" ? leanHttp : undefined;
}

function loadHttp(id: string) {
  if (id !== leanHttp) return undefined;
  const names = Object.keys(http).filter(
    (name) => !/^(WebSocket|CloseEvent|MessageEvent)$/.test(name),
  );
  return `const http = process.getBuiltinModule("node:http");
export default http;
${names.map((name) => `export const ${name} = http.${name};`).join("\n")}`;
}

/** The commands and their flags, so that `--help` need not load every command. */
async function writeManifest() {
  const plugin = new Plugin({
    root: import.meta.dirname,
    ignoreManifest: true,
    errorOnManifestCreate: true,
  });
  await plugin.load();
  writeFileSync("oclif.manifest.json", JSON.stringify(plugin.manifest));
}

/** The licence of every package whose code is in the bundle, as those licences ask. */
function licensesOf(bundle: OutputBundle): string {
  const modules = Object.values(bundle).flatMap((part) =>
    part.type === "chunk" ? part.moduleIds : [],
  );
  const packages = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  );
  const texts = [...packages].sort().map((directory) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(directory, "package.json"), "utf8"),
    );
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(directory, file), "utf8");
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
