import { canonicalPlatform } from "../../oci/platform.ts";
import type { Digest } from "../../oci/reference.ts";
import { plural } from "../../wording.ts";
import { archivedRemedy, type StoredImage } from "../archived.ts";
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

/** The version as one target has it. */
interface NamedImage extends Pick<StoredImage, "repository"> {
  readonly tag: string;
}

/** One digest everywhere, or the same platform manifests: attestations may differ from build to build. */
export function agreementChecks(named: NamedImage, targets: readonly ComparedTarget[]): Check[] {
  const digests = new Set(targets.flatMap(({ digest }) => digest ?? []));
  if (targets.length < 2 || digests.size === 0) return [];
  const name = "all targets agree";
  const lacking = targets.filter(({ digest }) => digest === null).map(({ id }) => id);
  const none = lacking.length > 0 ? `, and none at ${lacking.join(", ")}` : "";
  const found = `${plural(digests.size, "digest")}${none}`;
  if (disagree(targets)) return [{ name, holds: false, found, remedy: anotherVersion }];
  if (lacking.length > 0) return [{ name, holds: false, found, ...spreading(named, targets) }];
  const why = digests.size > 1 ? ": only their attestations differ" : "";
  return [{ name, holds: true, found: `${found}${why}` }];
}

const anotherVersion = "release another version: a published one is never replaced";

/** Whether a version is not one image wherever it is. */
export function disagree(targets: readonly ComparedTarget[]): boolean {
  const held = targets.filter(({ digest }) => digest !== null);
  const digests = new Set(held.map(({ digest }) => digest));
  return digests.size > 1 && new Set(held.map(runnables)).size > 1;
}

/** A promotion brings a version from where it is; a release does so from the version's own commit alone. */
function spreading(
  { repository, tag }: NamedImage,
  targets: readonly ComparedTarget[],
): Pick<Check, "remedy"> {
  const from = targets.find(({ platforms }) => platforms.length > 0)?.id;
  if (from === undefined) return {};
  const to = targets.flatMap(({ id, digest }) => (digest === null ? [`--to ${id}`] : []));
  return { remedy: `slipway promote ${repository}:${tag} --from ${from} ${to.join(" ")}` };
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
  named: NamedImage & Pick<StoredImage, "registry">,
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
    ...(lacks.length > 0 ? [`lacks ${lacks.map(referrerText).join(", ")}`] : []),
    ...(archived.length > 0 ? [`archived: ${archived.map(referrerText).join(", ")}`] : []),
  ];
  const name = "referrers";
  if (found.length === 0) return [{ name, holds: true, found: `${here.size}, all there` }];
  const remedies = [
    ...bringing(named, target, lacks, peers),
    ...archived.map((one) => archivedRemedy({ ...one, ...named })),
  ];
  const remedy = [...new Set(remedies)].join("\n");
  return [{ name, holds: false, found: found.join("; "), remedy }];
}

/** A promotion brings all that belongs to an image, and leaves alone what is there. */
function bringing(
  { repository, tag }: NamedImage,
  { id }: ComparedTarget,
  lacks: readonly SeenReferrer[],
  peers: readonly ComparedTarget[],
): string[] {
  const sources = lacks.flatMap(
    ({ digest }) =>
      peers.find(({ referrers }) =>
        referrers.some((one) => one.digest === digest && one.status === "ACTIVE"),
      )?.id ?? [],
  );
  return sources.map((from) => `slipway promote ${repository}:${tag} --from ${from} --to ${id}`);
}

function referrerText({ digest, artifactType }: SeenReferrer): string {
  return artifactType === undefined ? digest : `${digest} (${artifactType})`;
}
