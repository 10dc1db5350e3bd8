import { resolve } from "node:path";
import { Args, Flags } from "@oclif/core";
import type { Overrides } from "../config/overrides.ts";
import { SlipwayError } from "../errors.ts";
import { type GateName, gateStages } from "../release/gate.ts";
import { parseVersion } from "../release/planning/version.ts";
import type { Bump, VersionWish } from "../release/request.ts";
import { showValue } from "../wording.ts";

/** Which configuration, and where to: for every command that looks at releases. */
export const targetFlags = {
  config: Flags.string({
    description: "configuration file; by default slipway.yaml here, if there is one",
    helpValue: "FILE",
  }),
  image: Flags.string({ description: "name of the ECR repository", helpValue: "NAME" }),
  region: Flags.string({
    description: "region of a target; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "REGION",
  }),
  account: Flags.string({ description: "account of the registry", helpValue: "ID" }),
  "expect-account": Flags.string({
    description: "stop unless caller and registry belong to this account; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "ID",
  }),
  profile: Flags.string({ description: "profile of the AWS configuration", helpValue: "NAME" }),
};

/** For commands that may be about several images. */
export const imagesFlag = {
  image: Flags.string({
    description: "name of the ECR repository, one of images in slipway.yaml; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAME",
  }),
  changed: Flags.boolean({
    description: "only images whose inputs have changed since their last release",
  }),
};

/** What a release does without or leaves for later. */
export const partFlags = {
  "only-target": Flags.string({
    description: "publish to this target alone, ACCOUNT/REGION; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "ID",
  }),
};

/** Where images lie that were built before. */
export const layoutFlags = {
  layout: Flags.string({
    description: "publish this layout of build --output; repeat it to join platforms",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "DIR",
    helpGroup: "BUILD",
  }),
};

export const buildFlags = {
  platform: Flags.string({
    description: "platform to build for; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "OS/ARCH",
    helpGroup: "BUILD",
  }),
  context: Flags.string({ description: "build context", helpValue: "DIR", helpGroup: "BUILD" }),
  file: Flags.string({
    char: "f",
    description: "Dockerfile",
    helpValue: "FILE",
    helpGroup: "BUILD",
  }),
  target: Flags.string({
    description: "stage of the Dockerfile",
    helpValue: "STAGE",
    helpGroup: "BUILD",
  }),
  "build-arg": Flags.string({
    description: "build argument",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAME=VALUE",
    helpGroup: "BUILD",
  }),
  "build-context": Flags.string({
    description: "named build context",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAME=VALUE",
    helpGroup: "BUILD",
  }),
  builder: Flags.string({ description: "buildx builder", helpValue: "NAME", helpGroup: "BUILD" }),
};

/** What is passed over this once; the receipt says so. */
export const gateFlags = {
  "skip-gate": Flags.option({
    options: Object.keys(gateStages) as GateName[],
    multiple: true,
    multipleNonGreedy: true,
    description: `skip this gate, which the receipt records; repeatable (${Object.keys(gateStages).join(", ")})`,
    helpValue: "NAME",
  })(),
};

export const versionFlags = {
  preid: Flags.string({
    description: "prerelease channel for the bump prerelease, such as beta",
    helpValue: "NAME",
  }),
  "create-repository": Flags.boolean({
    description: "create the repository where it does not exist, as repository.create does",
  }),
  "keep-policy": Flags.boolean({
    description: "leave the lifecycle policy at the targets as it is",
  }),
  "allow-dirty": Flags.boolean({
    description: "accept uncommitted changes; version and commit tags are marked",
  }),
  adopt: Flags.boolean({
    description:
      "accept an image already under these tags that does not say what it was built from",
  }),
  rebuild: Flags.boolean({
    description: "build a released commit anew, for a version of its own such as 1.4.0+1",
  }),
  "git-tag": Flags.boolean({ description: "create the git tag after success" }),
  "push-git-tag": Flags.boolean({ description: "create the git tag and push it to origin" }),
};

export const versionArgument = {
  version: Args.string({
    description:
      "a version (1.4.0), or major, minor, patch, prerelease; by default the git tag at HEAD",
  }),
};

interface FlagValues {
  readonly image?: string | readonly string[] | undefined;
  readonly region?: string[] | undefined;
  readonly account?: string | undefined;
  readonly "expect-account"?: string[] | undefined;
  readonly profile?: string | undefined;
  readonly "only-target"?: string[] | undefined;
  readonly layout?: string[] | undefined;
  readonly platform?: string[] | undefined;
  readonly context?: string | undefined;
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  readonly "build-arg"?: string[] | undefined;
  readonly "build-context"?: string[] | undefined;
  readonly builder?: string | undefined;
  readonly preid?: string | undefined;
  readonly "create-repository"?: boolean;
  readonly "keep-policy"?: boolean;
  readonly "allow-dirty"?: boolean;
  readonly adopt?: boolean;
  readonly rebuild?: boolean;
  readonly "git-tag"?: boolean;
  readonly "push-git-tag"?: boolean;
  readonly "skip-gate"?: GateName[] | undefined;
}

/** The flags in the shape of the file. */
export function overridesOf(flags: FlagValues, version?: string): Overrides {
  const images = typeof flags.image === "string" ? [flags.image] : flags.image;
  return {
    image: images?.[0],
    images,
    regions: flags.region,
    account: flags.account,
    expectAccounts: flags["expect-account"],
    profile: flags.profile,
    onlyTargets: flags["only-target"],
    layouts: flags.layout?.map((directory) => resolve(directory)),
    platforms: flags.platform,
    build: {
      context: flags.context,
      dockerfile: flags.file,
      target: flags.target,
      builder: flags.builder,
      args: pairs("--build-arg", flags["build-arg"]),
      contexts: pairs("--build-context", flags["build-context"]),
    },
    version: versionWish(version, flags.preid),
    createRepository: flags["create-repository"],
    keepPolicy: flags["keep-policy"],
    allowDirty: flags["allow-dirty"],
    skippedGates: flags["skip-gate"],
    adopt: flags.adopt,
    rebuild: flags.rebuild,
    gitTag: flags["git-tag"],
    pushGitTag: flags["push-git-tag"],
  };
}

const bumps: readonly string[] = ["major", "minor", "patch", "prerelease"] satisfies Bump[];

function versionWish(version: string | undefined, preid: string | undefined): VersionWish {
  if (preid !== undefined && !isChannel(preid)) {
    throw new SlipwayError("USAGE", `--preid ${showValue(preid)} is not the name of a prerelease`, {
      suggestions: ["name it by letters, digits, '-' and '.': --preid beta"],
    });
  }
  if (preid !== undefined && version !== "prerelease") {
    throw new SlipwayError("USAGE", "--preid goes with the bump 'prerelease'", {
      suggestions: [`slipway release prerelease --preid ${preid}`],
    });
  }
  if (version === undefined) return { kind: "git-tag" };
  if (!bumps.includes(version)) return { kind: "exact", version: verifiedVersion(version) };
  return { kind: "bump", bump: version as Bump, ...(preid !== undefined && { preid }) };
}

function isChannel(preid: string): boolean {
  return !preid.includes("+") && parseVersion(`1.0.0-${preid}`) !== undefined;
}

function verifiedVersion(text: string): string {
  if (parseVersion(text) !== undefined) return text;
  throw new SlipwayError("USAGE", `'${text}' is not a semantic version`, {
    suggestions: ["write it as 1.4.0, or say major, minor, patch or prerelease"],
  });
}

/** docker takes the value of a lone name from the environment; here whatever a build depends on is written out. */
const isName = /^[A-Za-z_]\w{0,19}$/;

function pairs(flag: string, values: readonly string[] | undefined) {
  if (values === undefined) return undefined;
  return Object.fromEntries(
    values.map((text) => {
      const equals = text.indexOf("=");
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
      const lacks = equals === 0 ? "name" : "value";
      throw new SlipwayError(
        "USAGE",
        `${flag} takes NAME=VALUE, and this has no ${lacks}: '${text.slice(0, 20)}'`,
        {
          suggestions:
            flag === "--build-arg" && isName.test(text) ? [`${flag} ${text}="$${text}"`] : [],
        },
      );
    }),
  );
}
