import { globSync, writeFileSync } from "node:fs";
import { Plugin } from "@oclif/core";
import { defineConfig } from "rolldown";

// One entry per command, so that oclif loads only the command being run.
const entries = ["bin/slipway.ts", ...globSync("commands/**/*.ts")];

export default defineConfig({
  input: Object.fromEntries(entries.map((file) => [file.replace(/\.ts$/, ""), file])),
  platform: "node",
  external: ["typescript", "pnpapi"], // optional requires of oclif, never reached here
  transform: { target: "node22", define: { __dirname: "import.meta.dirname" } },
  output: { dir: "dist", cleanDir: true },
  plugins: [{ name: "oclif-manifest", closeBundle: writeManifest }],
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
