import { comparePolicy } from "../../lifecycle/compare.ts";
import { isSamePlatform } from "../../oci/platform.ts";
import type { Signer } from "../../oci/signature.ts";
import { lacking, statementsIn } from "../../oci/statements.ts";
import type { TargetFacts } from "../observed.ts";
import { knownVersions } from "../planning/subject.ts";
import {
  highestOfLine,
  isHeldBack,
  isMeaningless,
  renderVersion,
  type WantedTag,
} from "../planning/tags.ts";
import { isPrerelease } from "../planning/version.ts";
import type { ReleasedPlatform } from "../receipt.ts";
import type { Request } from "../request.ts";
import { digestOfTag, type RolledBack } from "../rolled-back.ts";
import type { SeenImage, StatedRevisions } from "./look.ts";

/** One thing that must hold, whether it does, and what was found. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly found: string;
}

/** A git tag, and the commit it points to. */
export interface GitTag {
  readonly name: string;
  readonly commit: string;
}

export function platformChecks({ build }: Request, found: readonly ReleasedPlatform[]): Check[] {
  const names = found.map(({ platform }) => platform);
  return build.platforms.map((platform) => {
    const holds = names.some((name) => isSamePlatform(name, platform));
    return {
      name: `platform ${platform}`,
      holds,
      found: holds ? "present" : names.join(", ") || "none",
    };
  });
}

export function attestationChecks({ build }: Request, found: number): Check[] {
  if (build.provenance === "none" && !build.sbom) return [];
  const wanted = build.platforms.length;
  const holds = found >= wanted;
  return [{ name: "attestations", holds, found: `${found} of ${wanted}` }];
}

/** What `gates.signature.require` asks for, stated about every platform. */
export function statementChecks(
  { gates }: Request,
  { tree, platforms }: Pick<SeenImage, "tree" | "platforms">,
): Check[] {
  const required = gates.flatMap((wish) =>
    wish.gate === "signature" ? wish.settings.require : [],
  );
  const statements = statementsIn(tree);
  return required.map((name) => {
    const without = lacking(platforms, name, statements);
    const holds = platforms.length > 0 && without.length === 0;
    const found = `${platforms.length - without.length} of ${platforms.length} platforms`;
    const names = without.map(({ platform }) => platform).join(", ");
    return { name, holds, found: holds ? found : `${found}, none of ${names || "any"}` };
  });
}

/** The signatures that `gates.signature` asks for, cosign's and ECR's own, whosever key it was. */
export function signatureChecks(
  { gates }: Request,
  { signers }: Pick<SeenImage, "signers">,
): Check[] {
  const check = (name: string, signer: Signer) => {
    const holds = signers.has(signer);
    return { name, holds, found: holds ? "present" : "none" };
  };
  return gates.flatMap((wish) => {
    if (wish.gate !== "signature") return [];
    const { cosign, managed } = wish.settings;
    return [
      ...(cosign ? [check("signature", "cosign")] : []),
      ...(managed ? [check("managed signature", "notation")] : []),
    ];
  });
}

export function contentCheck({ tree: { nodes }, missing }: SeenImage): Check {
  const blobs = new Set(nodes.flatMap((node) => node.blobs.map(({ digest }) => digest))).size;
  const found = `${nodes.length} manifests and ${blobs} blobs`;
  if (missing.length === 0) return { name: "content", holds: true, found: `${found}, all there` };
  return { name: "content", holds: false, found: `lacks ${missing.join(", ")}` };
}

/**
 * The index and every platform's label must name the commit of the version's git tag; where git does not know that,
 * the same commit all of them. An image that states none at all was not built by Slipway and is not judged.
 */
export function revisionChecks(
  { build }: Request,
  { annotation, labels }: StatedRevisions,
  gitTag: GitTag | undefined,
): Check[] {
  const all = [
    { place: "annotation", revision: annotation },
    // A label of the build file's own wins over the one that a release gives, and is what its author wants.
    ...(revisionLabel in build.labels ? [] : labels).map(({ platform, revision }) => ({
      place: `label of ${platform}`,
      revision,
    })),
  ];
  const first = all.find(({ revision }) => revision !== null)?.revision;
  if (first === undefined || first === null) return [];
  const wanted = gitTag?.commit ?? first;
  const wrong = all.filter(({ revision }) => revision !== wanted);
  const whose = gitTag ? `, the commit of git tag ${gitTag.name}` : "";
  const expected = `${shortCommit(wanted)}${whose}`;
  const holds = wrong.length === 0;
  return [
    { name: "revision", holds, found: holds ? expected : `${saying(all)}; expected ${expected}` },
  ];
}

type Statement = { readonly place: string; readonly revision: string | null };

/** Who says what; one word for all where they agree. */
function saying(all: readonly Statement[]): string {
  const [first] = all;
  if (first && all.every(({ revision }) => revision === first.revision)) {
    return shortCommit(first.revision);
  }
  return all.map(({ place, revision }) => `${place}: ${shortCommit(revision)}`).join("; ");
}

function shortCommit(revision: string | null): string {
  return revision?.slice(0, 12) ?? "none";
}

const revisionLabel = "org.opencontainers.image.revision";

/** The other names that a version has, such as `v1.4.0` beside `1.4.0`. */
export function versionTagChecks(
  tags: readonly string[],
  digest: string,
  facts: TargetFacts,
): Check[] {
  return tags.map((tag) => {
    const found = facts.images.find((image) => image.tags.includes(tag))?.digest;
    return { name: `tag ${tag}`, holds: found === digest, found: found ?? "it does not exist" };
  });
}

/** A floating tag is right when it is where the highest version of its line is, or where a rollback holds it. */
export function floatingChecks(
  request: Request,
  tags: readonly WantedTag[],
  facts: TargetFacts,
  rolledBack: readonly RolledBack[],
): Check[] {
  const versions = knownVersions(request, facts);
  return tags.map((wanted) => {
    const { tag } = wanted;
    const name = `tag ${tag}`;
    const highest = highestOfLine(wanted, versions.keys()) ?? "";
    const goal = digestOfTag(facts.images, versions.get(highest));
    const found = digestOfTag(facts.images, tag);
    if (found !== undefined && found === goal) return { name, holds: true, found: `at ${highest}` };
    const newerThan = rolledBack.find((one) => one.tag === tag)?.newerThan;
    if (isHeldBack(highest, newerThan)) {
      return {
        name,
        holds: true,
        found: `rolled back, until there is one newer than ${newerThan}`,
      };
    }
    const line = goal === undefined ? "no version of its line is there" : `${highest} is ${goal}`;
    return { name, holds: false, found: `${found ?? "missing"}, and ${line}` };
  });
}

/** The floating tags that a version wants. */
export function floatingTags(request: Request, version: string): WantedTag[] {
  const kind = isPrerelease(version) ? "channel" : "floating";
  return request.tags[kind]
    .map((template) => ({ kind, template, tag: renderVersion(template, version) }) as const)
    .filter((wanted) => !isMeaningless(wanted, version));
}

export function policyChecks({ lifecycle }: Request, facts: TargetFacts): Check[] {
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
