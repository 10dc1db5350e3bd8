import { posix } from "node:path";
import type { BuildSpec } from "../docker/build-spec.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { canonicalPlatform } from "../oci/platform.ts";
import type {
  RepositorySettings,
  Request,
  TagTemplates,
  TargetRequest,
} from "../release/request.ts";
import { adjustBuild } from "./adjust-build.ts";
import type { Baked } from "./bake.ts";
import { defaultPlatforms, defaultProvenance, defaultTags, sourceDefaults } from "./defaults.ts";
import { linkTargets } from "./linked.ts";
import type { Overrides } from "./overrides.ts";
import { resolveGates } from "./resolve-gates.ts";
import type { FileConfig } from "./schema.ts";
import { parseSecret } from "./secrets.ts";

/** Joins the checked file, the checked flags and the defaults; flags go before the file. */
export function resolveRequest(
  file: FileConfig,
  overrides: Overrides,
  lifecycle: LifecyclePolicy | undefined,
  baked: Baked = {},
): Request {
  const build = resolveBuild(file, overrides, baked);
  const gates = resolveGates(file.gates, overrides.skippedGates);
  return {
    image: overrides.image ?? file.image ?? "",
    version: overrides.version ?? { kind: "git-tag" },
    ...adjustBuild(build, gates, file.attestations),
    tags: resolveTags(file.tags ?? {}),
    targets: resolveTargets(file.targets, overrides),
    ...resolveParts(overrides),
    ...present("expectAccounts", overrides.expectAccounts),
    repository: resolveRepository(file.repository ?? {}, overrides),
    ...(lifecycle && overrides.keepPolicy !== true && { lifecycle }),
    gates,
    adopt: overrides.adopt ?? false,
    rebuild: overrides.rebuild ?? false,
    git: {
      allowDirty: overrides.allowDirty ?? false,
      createTag: overrides.gitTag === true || overrides.pushGitTag === true,
      pushTag: overrides.pushGitTag ?? false,
    },
  };
}

function resolveParts({ onlyTargets = [], layouts = [] }: Overrides) {
  return { onlyTargets: unique(onlyTargets), layouts };
}

function resolveBuild(file: FileConfig, overrides: Overrides, baked: Baked): BuildSpec {
  const { args, contexts, ...flags } = overrides.build ?? {};
  const { dockerfile, ...own } = { ...definedOnly(file.build ?? {}), ...definedOnly(flags) };
  const build = { ...sourceDefaults, reproducible: false, ...baked, ...own };
  // Another context has another Dockerfile, unless it is named.
  const inherited = own.context === undefined ? baked.dockerfile : undefined;
  const { context, ssh, cacheFrom, cacheTo, noCache, pull, reproducible } = build;
  const asked = overrides.platforms ?? file.platforms ?? baked.platforms ?? defaultPlatforms;
  // Another spelling is no other build: it has the same inputs, and is not built twice.
  const platforms = unique(asked.map(canonicalPlatform));
  const replaced = { ...texts(build.contexts), ...contexts };
  const named = { ...baked.contexts, ...replaced };
  return {
    platforms,
    context,
    dockerfile: dockerfile ?? inherited ?? posix.join(context, "Dockerfile"),
    ...present("target", build.target),
    args: { ...baked.args, ...texts(build.args), ...args },
    secrets: build.secrets.map(parseSecret).filter((secret) => secret !== undefined),
    ssh,
    labels: { ...baked.labels, ...texts(build.labels) },
    contexts: named,
    cacheFrom,
    cacheTo,
    noCache,
    pull,
    ...present("linked", linkTargets(baked.linked, { contexts: named, platforms, replaced })),
    ...present("builder", build.builder),
    reproducible,
    ...{ provenance: defaultProvenance, sbom: false, ...definedOnly(file.attestations ?? {}) },
  };
}

function resolveTags(tags: NonNullable<FileConfig["tags"]>): TagTemplates {
  return {
    version: listOf(tags.version ?? defaultTags.version),
    commit: listOf(tags.commit ?? defaultTags.commit),
    floating: listOf(tags.floating ?? defaultTags.floating),
    channel: listOf(tags.channel ?? defaultTags.channel),
    gitPrefix: tags.gitPrefix ?? defaultTags.gitPrefix,
  };
}

/**
 * `--region` and `--account` choose among the targets of the file; where none is there to choose, they
 * make a target, or complete those that there are. `--profile` is for all of them.
 */
function resolveTargets(
  configured: FileConfig["targets"],
  { regions = [], account, profile }: Overrides,
): readonly TargetRequest[] {
  const listed = Array.isArray(configured) ? configured : configured ? [configured] : [];
  const targets: readonly TargetRequest[] = listed.map((each) =>
    typeof each === "string" ? { region: each } : definedOnly(each),
  );
  const inRegions =
    regions.length === 0
      ? targets
      : unique(regions).flatMap((region) => {
          const chosen = targets.filter((target) => target.region === region);
          return chosen.length > 0 ? chosen : [{ region }];
        });
  const ofAccount = inRegions.filter((target) => target.account === account);
  const chosen = account !== undefined && ofAccount.length > 0 ? ofAccount : inRegions;
  return chosen.map((target) => ({
    ...target,
    ...present("account", account),
    ...present("profile", profile),
  }));
}

function resolveRepository(
  repository: NonNullable<FileConfig["repository"]>,
  { createRepository }: Overrides,
): RepositorySettings {
  const { encryption = "AES256" } = repository;
  return {
    create: createRepository === true || (repository.create ?? false),
    ...present("mutability", repository.mutability),
    mutabilityExclusions: repository.mutabilityExclusions ?? [],
    scanOnPush: repository.scanOnPush ?? false,
    mountFrom: listOf(repository.mountFrom ?? []),
    encryption:
      typeof encryption === "string"
        ? { type: encryption }
        : { type: encryption.type, ...present("kmsKey", encryption.kmsKey) },
    resourceTags: texts(repository.resourceTags),
  };
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function texts(map: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, String(value)]));
}

function present<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}

function definedOnly<Fields extends object>(fields: Fields) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]: Exclude<Fields[Key], undefined> };
}
