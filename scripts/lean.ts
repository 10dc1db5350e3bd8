import type { Plugin } from "rolldown";

/**
 * Importing one of Node's own modules reads everything that it exports, and some of it is made only when it is read: with
 * `node:http` come Node's `WebSocket` and `fetch`, with `node:process` stdin, with `node:util` workers. That is a tenth of
 * the time that a plan takes. What is asked for by name does without; these few nobody here asks for.
 */
const madeWhenRead: Readonly<Record<string, readonly string[]>> = {
  "node:buffer": ["File"],
  "node:crypto": ["webcrypto"],
  "node:http": ["WebSocket", "CloseEvent", "MessageEvent"],
  "node:process": [
    "stdin",
    "stdout",
    "stderr",
    "report",
    "finalization",
    "allowedNodeEnvironmentFlags",
  ],
  "node:util": ["diff", "parseArgs", "setTraceSigInt"],
};

const prefix = "\0lean:";

/** Which modules of the bundle are these, and what their chunks are called. */
export const isLean = (id: string) => id.startsWith(prefix);
export const leanName = (id: string) => id.slice(prefix.length).replace(":", "-");

export function leanBuiltins(): Plugin {
  return {
    name: "lean-builtins",
    resolveId(asked, _importer, { kind }) {
      const name = asked.startsWith("node:") ? asked : `node:${asked}`;
      return name in madeWhenRead && kind !== "require-call" ? `${prefix}${name}` : undefined;
    },
    load(id) {
      if (!isLean(id)) return undefined;
      const name = id.slice(prefix.length);
      const left = Object.keys(process.getBuiltinModule(name) ?? {}).filter(
        (key) => !madeWhenRead[name]?.includes(key),
      );
      const exported = left.map((key) => `export const ${key} = builtin.${key};`).join("\n");
      return `const builtin = process.getBuiltinModule("${name}");\nexport default builtin;\n${exported}`;
    },
  };
}

/**
 * What oclif reads at every start and never needs here: how commands are found where there is no manifest (tinyglobby), its
 * settings where package.json has none (lilconfig), plugins by pattern (minimatch), Node's version, which bin/slipway.ts
 * looks at (semver), and whether this Linux is in Windows, for its word in `--version` (wsl-utils).
 */
const leftOut = ["tinyglobby", "lilconfig", "minimatch", "semver", "wsl-utils"];
/** On a terminal oclif makes its own spinner, whether anybody asks for it or not; the one of pipes does as well. */
const spinner = { ofTerminals: "./action/spinner", ofPipes: "./action/simple" };

/** How oclif brings commands in order. By letters as they are it is the same order, and the rules of languages stay unread. */
const inOrder = { ofLanguages: "a.id.localeCompare(b.id)", ofLetters: "a.id < b.id ? -1 : 1" };

/** A third of what every command reads at its start, and 10 ms for the order of its commands. */
export function leanOclif(): Plugin {
  const id = "\0left-out-of-oclif";
  return {
    name: "lean-oclif",
    transform(code, file) {
      if (!/[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]plugin\.js$/.test(file)) return undefined;
      if (!code.includes(inOrder.ofLanguages)) this.error("oclif orders its commands another way");
      return code.replace(inOrder.ofLanguages, inOrder.ofLetters);
    },
    resolveId(asked, importer = "") {
      if (!/[\\/]@oclif[\\/]core[\\/]lib[\\/]/.test(importer)) return undefined;
      if (asked === spinner.ofTerminals) return this.resolve(spinner.ofPipes, importer);
      return leftOut.includes(asked) ? id : undefined;
    },
    load: (asked) => (asked === id ? "module.exports = {};" : undefined),
  };
}

/**
 * Every chunk in ASCII, other characters as escapes: Node keeps a text with one other character in twice the memory, and
 * takes longer to read it.
 */
export function asciiChunks(): Plugin {
  return {
    name: "ascii-chunks",
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle)) {
        if (part.type !== "chunk") continue;
        const asWritten = meansItsSource.exec(part.code);
        if (asWritten) this.error(`an escape would change what this means: ${asWritten[0]}`);
        part.code = part.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

/** A character behind a backslash, or in a template that is taken as it is written. */
const meansItsSource = /\\[^\0-\x7f]|String\.raw`[^`]*[^\0-\x7f`][^`]*`/;

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
