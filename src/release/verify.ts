import { comparePolicy } from "../lifecycle/compare.ts";
import type { Digest } from "../oci/reference.ts";
import { readTree, type Tree } from "../oci/tree.ts";
import { platformAlone } from "./applying/platform-alone.ts";
import { missingFrom } from "./applying/published.ts";
import { contentsOf } from "./applying/receipt-of.ts";
import { targetRegistry } from "./applying/target-registry.ts";
import { observeTargets } from "./observe.ts";
import type { TargetFacts } from "./observed.ts";
import { annotationsOf, revisionAnnotation } from "./planning/identity.ts";
import { knownVersions } from "./planning/subject.ts";
import { highestOfLine, isMeaningless, renderVersion } from "./planning/tags.ts";
import { isPrerelease } from "./planning/version.ts";
import type { ReleasedPlatform } from "./receipt.ts";
import type { Request } from "./request.ts";
import type { World } from "./world.ts";

/** One thing that must hold, whether it does, and what was found. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly found: string;
}

export interface VerifiedTarget {
  readonly id: string;
  readonly digest: Digest | null;
  readonly revision: string | null;
  readonly platforms: readonly ReleasedPlatform[];
  readonly attestations: number;
  readonly checks: readonly Check[];
}

/** The proof of a release, or what is missing from it. */
export interface Verification {
  readonly format: 1;
  readonly image: string;
  readonly version: string;
  readonly holds: boolean;
  readonly targets: readonly VerifiedTarget[];
}

/**
 * Proves a release as it stands in the registries now: the version tag, one digest everywhere, all
 * platforms and attestations, every manifest and blob, the floating tags of its lines, the lifecycle
 * policy. Changes nothing. What does not hold is in the answer, not an error.
 */
export async function verifyRelease(
  request: Request,
  version: string,
  world: Pick<World, "ecr" | "signal" | "report">,
): Promise<Verification> {
  const facts = await observeTargets(request, world);
  const seen = await Promise.all(
    facts.map((target) => verifyTarget(request, version, target, world)),
  );
  const targets = seen.map((target) => ({
    ...target,
    checks: [...target.checks, ...agreement(seen)],
  }));
  const holds = targets.every(({ checks }) => checks.every((check) => check.holds));
  return { format: 1, image: request.image, version, holds, targets };
}

async function verifyTarget(
  request: Request,
  version: string,
  facts: TargetFacts,
  world: Pick<World, "ecr" | "signal" | "report">,
): Promise<VerifiedTarget> {
  const [tag = ""] = request.tags.version.map((template) => renderVersion(template, version));
  const nothing = { id: facts.id, digest: null, revision: null, platforms: [], attestations: 0 };
  if (facts.refused) {
    return {
      ...nothing,
      checks: [{ name: "account", holds: false, found: facts.refused.message }],
    };
  }
  if (facts.repository === null) {
    return {
      ...nothing,
      checks: [{ name: "repository", holds: false, found: "it does not exist" }],
    };
  }
  const image = facts.images.find(({ tags }) => tags.includes(tag));
  if (image === undefined) {
    return {
      ...nothing,
      checks: [{ name: `tag ${tag}`, holds: false, found: "it does not exist" }],
    };
  }
  const tagCheck = { name: `tag ${tag}`, holds: true, found: image.digest };
  if (image.status !== "ACTIVE") {
    const stored = { name: "storage", holds: false, found: image.status.toLowerCase() };
    return { ...nothing, digest: image.digest, checks: [tagCheck, stored] };
  }
  const registry = await targetRegistry(facts.request, facts.repository.uri, world);
  const tree = await readTree({ digest: image.digest, mediaType: "" }, registry);
  const missing = await missingFrom(registry, tree);
  const contents = contentsOf(tree, await platformAlone(tree, registry, missing));
  return {
    id: facts.id,
    digest: image.digest,
    revision: revisionOf(tree),
    ...contents,
    checks: [
      tagCheck,
      ...platformChecks(request, contents.platforms),
      ...attestationChecks(request, contents.attestations),
      contentCheck(tree, missing),
      ...floatingChecks(request, version, facts),
      ...policyChecks(request, facts),
    ],
  };
}

function revisionOf(tree: Tree): string | null {
  const root = tree.nodes.find(({ manifest }) => manifest.digest === tree.root)?.manifest;
  if (root === undefined) return null;
  const text = root.bytes.toString("utf8");
  return annotationsOf({ text, mediaType: root.mediaType })[revisionAnnotation] ?? null;
}

function platformChecks({ build }: Request, found: readonly ReleasedPlatform[]): Check[] {
  const names = found.map(({ platform }) => platform);
  return build.platforms.map((platform) => {
    const holds = names.includes(platform) || names.some((name) => name.startsWith(`${platform}/`));
    return {
      name: `platform ${platform}`,
      holds,
      found: holds ? "present" : names.join(", ") || "none",
    };
  });
}

function attestationChecks({ build }: Request, found: number): Check[] {
  if (build.provenance === "none" && !build.sbom) return [];
  const wanted = build.platforms.length;
  const holds = found >= wanted;
  return [{ name: "attestations", holds, found: `${found} of ${wanted}` }];
}

function contentCheck({ nodes }: Tree, missing: readonly string[]): Check {
  const blobs = new Set(nodes.flatMap((node) => node.blobs.map(({ digest }) => digest))).size;
  const found = `${nodes.length} manifests and ${blobs} blobs`;
  if (missing.length === 0) return { name: "content", holds: true, found: `${found}, all there` };
  return { name: "content", holds: false, found: `lacks ${missing.join(", ")}` };
}

/** A floating tag is right when it is where the highest version of its line is. */
function floatingChecks(request: Request, version: string, facts: TargetFacts): Check[] {
  const prerelease = isPrerelease(version);
  const templates = request.tags[prerelease ? "channel" : "floating"];
  const versions = knownVersions(request, facts);
  const digestOf = (tag: string | undefined) =>
    facts.images.find(({ tags }) => tag !== undefined && tags.includes(tag))?.digest;
  return templates.flatMap((template) => {
    const tag = renderVersion(template, version);
    const kind = prerelease ? "channel" : "floating";
    if (isMeaningless({ tag, kind, template }, version)) return [];
    const highest = highestOfLine({ tag, kind, template }, versions.keys()) ?? version;
    const wanted = digestOf(versions.get(highest));
    const found = digestOf(tag);
    const holds = found !== undefined && found === wanted;
    return [
      {
        name: `tag ${tag}`,
        holds,
        found: holds ? `at ${highest}` : `${found ?? "missing"}, and ${highest} is ${wanted}`,
      },
    ];
  });
}

function policyChecks({ lifecycle }: Request, facts: TargetFacts): Check[] {
  if (lifecycle === undefined) return [];
  const name = "lifecycle policy";
  if (facts.policyUnread !== undefined) return [{ name, holds: false, found: facts.policyUnread }];
  const { state } = comparePolicy(lifecycle, facts.policy);
  const found = {
    same: "in place",
    none: "there is none",
    differs: "another one: slipway lifecycle verify shows how",
  }[state];
  return [{ name, holds: state === "same", found }];
}

/** One digest everywhere, or the same platform manifests: attestations may differ from build to build. */
function agreement(targets: readonly Omit<VerifiedTarget, "checks">[]): Check[] {
  const digests = new Set(targets.map(({ digest }) => digest));
  if (targets.length < 2 || (digests.size === 1 && digests.has(null))) return [];
  const name = "all targets agree";
  if (digests.size === 1) return [{ name, holds: true, found: "1 digest" }];
  const holds = !digests.has(null) && new Set(targets.map(runnables)).size === 1;
  const found = `${digests.size} digests`;
  return [{ name, holds, found: holds ? `${found}: only their attestations differ` : found }];
}

/** What runs; an image that was not looked into agrees with none. */
function runnables({ id, platforms }: Pick<VerifiedTarget, "id" | "platforms">): string {
  const all = platforms.map(({ platform, digest }) => `${platform} ${digest}`).sort();
  return all.length > 0 ? all.join() : id;
}
