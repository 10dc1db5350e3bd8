import { comparePolicy } from "../../lifecycle/compare.ts";
import { isForeign } from "../../oci/manifest.ts";
import { isSamePlatform } from "../../oci/platform.ts";
import type { Signer } from "../../oci/signature.ts";
import { lacking, statementsIn } from "../../oci/statements.ts";
import { blobsOf } from "../../oci/tree.ts";
import { plural } from "../../wording.ts";
import type { TargetFacts } from "../observed.ts";
import type { ReleasedPlatform } from "../receipt.ts";
import type { Request } from "../request.ts";
import type { SeenImage } from "./look.ts";

/** One thing that must hold, whether it does, and what was found. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly found: string;
  /** What makes it hold, where a command does. One a line. */
  readonly remedy?: string;
}

/** That every platform of the request is there; more than those is no difference. */
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

/** That every platform has an attestation, where the build is asked for any. */
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

/** A digest fills a line, and the first ones lead to the rest. */
const mostNamed = 3;

/** That the registry has every manifest and blob, foreign layers apart. */
export function contentCheck({
  tree: { nodes },
  missing,
}: Pick<SeenImage, "tree" | "missing">): Check {
  const blobs = blobsOf(nodes);
  const elsewhere = blobs.filter(isForeign).length;
  const kept = elsewhere === 0 ? "" : `, and ${elsewhere} foreign kept elsewhere`;
  const found = `${plural(nodes.length, "manifest")} and ${plural(blobs.length - elsewhere, "blob")}`;
  if (missing.length === 0)
    return { name: "content", holds: true, found: `${found}, all there${kept}` };
  const more = missing.length > mostNamed ? ` and ${missing.length - mostNamed} more` : "";
  const lacks = `lacks ${missing.slice(0, mostNamed).join(", ")}${more}`;
  const remedy = "release this version again, from its commit: it uploads what is missing";
  return { name: "content", holds: false, found: lacks, remedy };
}

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

/** That the lifecycle policy in place means the same as the one of the request, where it has one. */
export function policyChecks({ lifecycle }: Request, facts: TargetFacts): Check[] {
  if (lifecycle === undefined) return [];
  const name = "lifecycle policy";
  if (facts.policyUnread !== undefined) return [{ name, holds: false, found: facts.policyUnread }];
  const { state } = comparePolicy(lifecycle, facts.policy);
  const found = {
    same: "in place",
    none: "there is none",
    differs: "another one",
  }[state];
  if (state === "same") return [{ name, holds: true, found }];
  const put = "slipway lifecycle apply";
  const remedy =
    state === "none" ? put : `look at it: slipway lifecycle plan\nput it in place: ${put}`;
  return [{ name, holds: false, found, remedy }];
}
