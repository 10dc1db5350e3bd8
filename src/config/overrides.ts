import * as z from "zod/mini";
import type { GateName } from "../release/gate.ts";
import type { VersionWish } from "../release/request.ts";
import { showPath } from "../wording.ts";
import { buildFlags, platforms } from "./build-schema.ts";
import { type ConfigError, mistakesOf } from "./mistakes.ts";
import { account, image, profile, region } from "./registry-schema.ts";

/** What the flags say, in the shape of the file. Paths are relative to the project directory. */
export interface Overrides {
  /** The one image that the command is about, or another name for the one that the file describes. */
  readonly image?: string | undefined;
  /** Those of the file's images that the command is about; absent: all. */
  readonly images?: readonly string[] | undefined;
  readonly platforms?: readonly string[] | undefined;
  readonly build?:
    | {
        readonly context?: string | undefined;
        readonly dockerfile?: string | undefined;
        readonly target?: string | undefined;
        readonly args?: Readonly<Record<string, string>> | undefined;
        readonly contexts?: Readonly<Record<string, string>> | undefined;
        readonly builder?: string | undefined;
      }
    | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly profile?: string | undefined;
  readonly account?: string | undefined;
  readonly expectAccounts?: readonly string[] | undefined;
  readonly onlyTargets?: readonly string[] | undefined;
  readonly layouts?: readonly string[] | undefined;
  /** Absent: the version that the git tag at HEAD names. */
  readonly version?: VersionWish | undefined;
  readonly skippedGates?: readonly GateName[] | undefined;
  readonly adopt?: boolean | undefined;
  readonly rebuild?: boolean | undefined;
  readonly createRepository?: boolean | undefined;
  /** No lifecycle policy is put, whatever the file says. */
  readonly keepPolicy?: boolean | undefined;
  readonly allowDirty?: boolean | undefined;
  readonly gitTag?: boolean | undefined;
  readonly pushGitTag?: boolean | undefined;
}

const flagSchema = z.object({
  image: z.optional(image),
  images: z.optional(z.array(image)),
  platforms: z.optional(platforms),
  build: z.optional(z.object(buildFlags)),
  regions: z.optional(z.array(region)),
  profile: z.optional(profile),
  account: z.optional(account),
  expectAccounts: z.optional(z.array(account)),
});

const flags: Readonly<Record<string, string>> = {
  image: "--image",
  images: "--image",
  platforms: "--platform",
  "build.context": "--context",
  "build.dockerfile": "--file",
  "build.target": "--target",
  "build.args": "--build-arg",
  "build.contexts": "--build-context",
  "build.builder": "--builder",
  regions: "--region",
  profile: "--profile",
  account: "--account",
  expectAccounts: "--expect-account",
};

/** The mistakes in the flags, each with the flag that made it. */
export function checkOverrides(overrides: Overrides): readonly ConfigError[] {
  // The first of several images is among them, and would be wrong twice.
  const { image: first, ...others } = overrides;
  const checked = flagSchema.safeParse(others.images ? others : { ...others, image: first });
  if (checked.success) return [];
  return mistakesOf(checked.error.issues).map(({ path, message }) => {
    const field = path.slice(0, path[0] === "build" ? 2 : 1);
    return {
      source: "flag",
      flag: flags[showPath(field)] ?? showPath(field),
      path: showPath(path),
      message,
    };
  });
}
