import { canonicalPlatform } from "../../oci/platform.ts";
import type { Digest } from "../../oci/reference.ts";
import { plural } from "../../wording.ts";
import type { ReleasedPlatform } from "../receipt.ts";
import type { Check } from "./checks.ts";
import type { SeenReferrer } from "./look.ts";

/** What is compared between targets. */
export interface ComparedTarget {
  readonly id: string;
  readonly digest: Digest | null;
  readonly platforms: readonly ReleasedPlatform[];
  readonly referrers: readonly SeenReferrer[];
}

/** One digest everywhere, or the same platform manifests: attestations may differ from build to build. */
export function agreementChecks(targets: readonly ComparedTarget[]): Check[] {
  const digests = new Set(targets.map(({ digest }) => digest));
  if (targets.length < 2 || (digests.size === 1 && digests.has(null))) return [];
  const name = "all targets agree";
  if (digests.size === 1) return [{ name, holds: true, found: "1 digest" }];
  const holds = !digests.has(null) && new Set(targets.map(runnables)).size === 1;
  const lacking = targets.filter(({ digest }) => digest === null).map(({ id }) => id);
  const held = digests.size - (lacking.length > 0 ? 1 : 0);
  const none = lacking.length > 0 ? `, and none at ${lacking.join(", ")}` : "";
  const found = `${plural(held, "digest")}${none}`;
  return [{ name, holds, found: holds ? `${found}: only their attestations differ` : found }];
}

/** What runs; an image that was not looked into agrees with none. */
function runnables({ id, platforms }: ComparedTarget): string {
  const all = platforms
    .map(({ platform, digest }) => `${canonicalPlatform(platform)} ${digest}`)
    .sort();
  return all.length > 0 ? all.join() : id;
}

/**
 * What refers to the image at any target that holds the same one must be at this one, and not in the archive, where
 * nobody can pull it. Nothing to check where nothing refers to it.
 */
export function referrerChecks(
  target: ComparedTarget,
  targets: readonly ComparedTarget[],
): Check[] {
  const peers = targets.filter(
    ({ digest, platforms }) => digest === target.digest && platforms.length > 0,
  );
  const anywhere = new Map(
    peers.flatMap(({ referrers }) => referrers).map((one) => [one.digest, one]),
  );
  if (anywhere.size === 0 || target.platforms.length === 0) return [];
  const here = new Map(target.referrers.map((one) => [one.digest, one]));
  const lacks = [...anywhere.values()].filter(({ digest }) => !here.has(digest));
  const archived = target.referrers.filter(({ status }) => status !== "ACTIVE");
  const found = [
    ...(lacks.length > 0 ? [`lacks ${lacks.map(named).join(", ")}`] : []),
    ...(archived.length > 0 ? [`archived: ${archived.map(named).join(", ")}`] : []),
  ];
  const holds = found.length === 0;
  return [
    { name: "referrers", holds, found: holds ? `${here.size}, all there` : found.join("; ") },
  ];
}

function named({ digest, artifactType }: SeenReferrer): string {
  return artifactType === undefined ? digest : `${digest} (${artifactType})`;
}
