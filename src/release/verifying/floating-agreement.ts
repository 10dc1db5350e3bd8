import type { Digest } from "../../oci/reference.ts";
import type { Note } from "../plan.ts";
import { compareVersions } from "../planning/version.ts";
import type { Check } from "./checks.ts";
import {
  type FloatingTag,
  type HighestVersion,
  isAvoided,
  moving,
  type Verified,
} from "./floating.ts";

/** The floating tags of one target; none where it could not be looked at. */
export interface FloatingAt {
  readonly id: string;
  readonly floating: readonly FloatingTag[];
}

interface Stand extends FloatingTag {
  readonly id: string;
  readonly digest: Digest;
}

/** A floating tag that stands at different images, where that is, and the command that ends it. */
interface Difference {
  readonly tag: string;
  readonly stands: readonly Stand[];
  readonly said: string;
}

export interface FloatingAgreement {
  readonly checks: readonly Check[];
  readonly notes: readonly Note[];
}

/**
 * Whether every floating tag stands at the same image at all targets; the same version with other attestations is the
 * same. For the version that is verified a difference counts where the tag stands behind it or at none of its line, or
 * was rolled back to it at some targets alone. Where all stand at this version or newer ones, a newer release has not
 * come everywhere: this one is whole all the same, and a note says which command ends it.
 */
export function floatingAgreement(
  verified: Verified,
  targets: readonly FloatingAt[],
): FloatingAgreement {
  const { version } = verified;
  const differences = differencesBetween(targets);
  const ours = differences.filter(({ stands }) => stands.some((one) => concerns(version, one)));
  const others = differences.filter((one) => !ours.includes(one));
  const name = "floating tags agree";
  const compared = targets.filter(({ floating }) => floating.length > 0);
  const said = sayings(verified, ours);
  const check =
    ours.length === 0
      ? { name, holds: true, found: agreementText(others) }
      : {
          name,
          holds: false,
          found: said.map(({ message }) => message).join("; "),
          ...remedyOf(said.flatMap(({ remedy }) => remedy ?? [])),
        };
  return {
    checks: compared.length < 2 ? [] : [check],
    notes: [
      ...sayings(verified, others).map((one): Note => ({ code: "FLOATING_TAGS_DIFFER", ...one })),
      ...waiting(verified, targets, differences),
      ...holding(version, targets, differences),
    ],
  };
}

function agreementText(others: readonly Difference[]): string {
  if (others.length === 0) return "each at one version everywhere";
  return `all but ${others.map(({ tag }) => tag).join(", ")}, at newer versions`;
}

function concerns(verified: string, { version, heldBelow }: Stand): boolean {
  if (version === null) return true;
  const order = compareVersions(version, verified);
  return order < 0 || (order === 0 && heldBelow !== null);
}

function differencesBetween(targets: readonly FloatingAt[]): Difference[] {
  const stands = targets.flatMap(({ id, floating }) =>
    floating.flatMap((one): Stand[] =>
      one.digest === null ? [] : [{ ...one, id, digest: one.digest }],
    ),
  );
  return [...Map.groupBy(stands, ({ tag }) => tag)].flatMap(([tag, all]) => {
    const [first] = all;
    if (first === undefined || all.every((one) => isSame(first, one))) return [];
    return [{ tag, stands: all, said: placesText(all) }];
  });
}

function isSame(a: Stand, b: Stand): boolean {
  return a.digest === b.digest || (a.version !== null && a.version === b.version);
}

/** `1.4.0 (rolled back) at A, 1.5.0 at B and C`. */
function placesText(stands: readonly Stand[]): string {
  const groups = Map.groupBy(
    stands,
    ({ version, digest, heldBelow }) =>
      `${version ?? digest}${heldBelow === null ? "" : " (rolled back)"}`,
  );
  const said = [...groups].map(
    ([what, same]) => `${what} at ${same.map(({ id }) => id).join(" and ")}`,
  );
  return said.join(", ");
}

/** Tags that differ in the same way stand together, with the commands that end it. */
function sayings(verified: Verified, differences: readonly Difference[]) {
  return [...Map.groupBy(differences, ({ said }) => said)].map(([said, same]) => {
    const tags = same.map(({ tag }) => tag);
    const [{ stands }] = same as [Difference];
    return {
      message: `${tags.join(", ")}: ${said}`,
      ...remedyOf(ending(verified, tags, stands)),
    };
  });
}

function remedyOf(ways: readonly string[]): { readonly remedy?: string } {
  return ways.length > 0 ? { remedy: ways.join("\n") } : {};
}

/** A rollback that was begun goes on; else the tags go on to the newest version. */
function ending(verified: Verified, tags: readonly string[], stands: readonly Stand[]): string[] {
  const held = stands.filter(({ heldBelow }) => heldBelow !== null);
  const places = new Set(held.map(({ version, digest }) => version ?? digest));
  if (places.size > 0) {
    const [place] = places;
    const to = places.size === 1 ? place : "VERSION";
    return tags.map((tag) => `slipway rollback ${tag} --to ${to} --image ${verified.image}`);
  }
  return forward(verified, stands) ?? ["slipway release VERSION"];
}

/** Where the newest version is, its own image gets the tags; from there it comes to where it is not. */
function forward(verified: Verified, stands: readonly Stand[]): string[] | undefined {
  const newest = stands
    .flatMap(({ highest }) => highest ?? [])
    .toSorted((a, b) => compareVersions(a.version, b.version))
    .at(-1);
  const has = ({ highest }: Stand) => highest?.version === newest?.version;
  const [source] = stands.filter(has);
  if (newest === undefined || source === undefined) return undefined;
  if (isAvoided(verified, newest)) return [];
  const { image } = verified;
  const behind = stands.filter((one) => has(one) && one.version !== newest.version);
  const without = stands.filter((one) => !has(one)).map(({ id }) => id);
  return [
    ...behind.map(({ id, highest }) => moving(image, highest ?? newest, id, [id])),
    ...(without.length > 0 ? [moving(image, newest, source.id, without)] : []),
  ];
}

interface Waiting {
  readonly id: string;
  readonly tag: string;
  readonly said: string;
  readonly highest: HighestVersion;
}

/** A newer version whose tags were not all written, where nothing else tells of it. */
function waiting(
  verified: Verified,
  targets: readonly FloatingAt[],
  differences: readonly Difference[],
): Note[] {
  const told = new Set(differences.map(({ tag }) => tag));
  const waits = targets.flatMap(({ id, floating }) =>
    floating.flatMap(({ tag, version, highest, heldBelow }): Waiting[] => {
      const isBehind = version !== null && highest !== null && version !== highest.version;
      if (told.has(tag) || heldBelow !== null || !isBehind) return [];
      return [{ id, tag, said: `at ${version}, and ${highest.version} is there`, highest }];
    }),
  );
  return [...Map.groupBy(waits, ({ said }) => said)].map(([said, same]): Note => {
    const tags = [...new Set(same.map(({ tag }) => tag))].join(", ");
    const where = [...new Set(same.map(({ id }) => id))].join(", ");
    const commands = same
      .filter(({ highest }) => !isAvoided(verified, highest))
      .map(({ id, highest }) => moving(verified.image, highest, id, [id]));
    const message = `${tags}: ${said} (${where})`;
    return { code: "FLOATING_TAG_WAITS", message, ...remedyOf([...new Set(commands)]) };
  });
}

/** A rollback at all targets is right, and who verifies the version that it left wants to know. */
function holding(
  verified: string,
  [first]: readonly FloatingAt[],
  differences: readonly Difference[],
): Note[] {
  const told = new Set(differences.map(({ tag }) => tag));
  return (first?.floating ?? []).flatMap(({ tag, version, digest, heldBelow }): Note[] => {
    const isBehind = version === null || compareVersions(version, verified) < 0;
    if (told.has(tag) || heldBelow === null || !isBehind) return [];
    const message = `${tag}: rolled back to ${version ?? digest}; only a version newer than ${heldBelow} moves it`;
    return [{ code: "FLOATING_TAG_HELD", message }];
  });
}
