import { globSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Plugin } from "@oclif/core";
import { defineConfig, type OutputBundle } from "rolldown";
import { writeDeclarations } from "./scripts/declarations.ts";
import { asciiChunks, isLean, leanBuiltins, leanName, leanOclif } from "./scripts/lean.ts";

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
    comments: false,
    codeSplitting: {
      groups: [
        // Each alone: beside its first user it would bring that too.
        { name: leanName, debugName: "node", test: isLean },
        // Whoever asks AWS needs all of it, and forty files take longer to open than one.
        { name: "aws", test: /[\\/](?:@aws-sdk|@smithy|@aws)[\\/]/, tags: ["$initial"] },
        // What `using` compiles to, alone for the same reason.
        { name: "using", test: /usingCtx/ },
      ],
    },
  },
  plugins: [
    leanBuiltins(),
    leanOclif(),
    asciiChunks(),
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
