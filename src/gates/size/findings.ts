import type { Finding, SizeSettings } from "../../release/gate.ts";
import type { PlatformSize } from "../../release/size-report.ts";

/** Below both of these nobody would rebuild an image for it. */
const worthBytes = 10_000_000;
const worthShare = 0.05;

/** What the sizes of one platform break of the limits, and where bytes are wasted; pure. */
export function sizeFindings(size: PlatformSize, settings: SizeSettings): Finding[] {
  return [
    ...budgetFindings(size, settings),
    ...growthFindings(size, settings),
    ...wastedFindings(size),
    ...duplicateFindings(size),
  ];
}

function budgetFindings(size: PlatformSize, { budget, unpacked }: SizeSettings): Finding[] {
  const heaviest = [...size.layers]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map((layer) => `${megabytes(layer.bytes)} ${makerOf(layer)}`)
    .join("; ");
  const over = (code: string, bytes: number, limit: number | undefined, what: string): Finding[] =>
    limit === undefined || bytes <= limit
      ? []
      : [
          {
            code,
            level: "error",
            place: size.platform,
            message: `${megabytes(bytes)} ${what}, ${megabytes(bytes - limit)} over the budget of ${megabytes(limit)}; most of it: ${heaviest}`,
            reason: "every start on a new host waits for it, and every region stores it",
            repair:
              "build in one stage and copy what runs into a small last one; slipway build shows each layer",
            url: "https://docs.docker.com/build/building/multi-stage/",
          },
        ];
  return [
    ...over("SIZE_BUDGET", size.bytes, budget, "compressed"),
    ...over("SIZE_UNPACKED", size.unpackedBytes, unpacked, "unpacked"),
  ];
}

function growthFindings(
  { platform, before, bytes, layers, largest }: PlatformSize,
  { growth }: SizeSettings,
): Finding[] {
  if (growth === undefined) return [];
  const finding = {
    place: platform,
    reason: "what grows a little with each release is large before anyone looks",
  };
  if (before === null) {
    const message = "there is no release before it to compare with";
    return [
      {
        code: "GROWTH_UNKNOWN",
        level: "info",
        ...finding,
        message,
        repair: "nothing: the next release is compared with this one",
      },
    ];
  }
  const grown = bytes - before.bytes;
  const percent = before.bytes === 0 ? 0 : (grown / before.bytes) * 100;
  if (
    grown <= (growth.bytes ?? Number.POSITIVE_INFINITY) &&
    percent <= (growth.percent ?? Number.POSITIVE_INFINITY)
  )
    return [];
  const makers = layers
    .filter(({ isNew }) => isNew)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, 2)
    .map((layer) => `${megabytes(layer.bytes)} ${makerOf(layer)}`);
  const files = largest.slice(0, 3).map((file) => `${file.path} (${megabytes(file.bytes)})`);
  const message = `${megabytes(bytes)}, ${megabytes(grown)} (${percent.toFixed(1)} %) more than ${before.version}, over the limit of ${limitText(growth)}; new: ${makers.join("; ")}; largest in it: ${files.join(", ")}`;
  return [
    {
      code: "SIZE_GROWTH",
      level: "error",
      ...finding,
      message,
      repair:
        "leave out what is not needed to run, or raise gates.size.growth with the reason beside it",
    },
  ];
}

function limitText({ bytes, percent }: NonNullable<SizeSettings["growth"]>): string {
  const parts = [
    percent === undefined ? [] : `${percent} %`,
    bytes === undefined ? [] : megabytes(bytes),
  ];
  return parts.flat().join(" or ");
}

function wastedFindings({ platform, lost, unpackedBytes }: PlatformSize): Finding[] {
  if (!isWorth(lost.bytes, unpackedBytes)) return [];
  const files = lost.files
    .slice(0, 3)
    .map(
      ({ path, bytes, layer, by, how }) =>
        `${path} (${megabytes(bytes)}, of layer ${layer}, ${how} in layer ${by})`,
    );
  return [
    {
      code: "SIZE_WASTED",
      level: "warning",
      place: platform,
      message: `${megabytes(lost.bytes)} of ${megabytes(unpackedBytes)} are deleted or replaced by later layers: ${files.join(", ")}`,
      reason: "a layer cannot take back what one below it brings: all of it is pulled and stored",
      repair:
        "delete in the same RUN that makes it, and set owner and mode while copying: COPY --chown --chmod",
      url: "https://docs.docker.com/build/building/best-practices/",
    },
  ];
}

function duplicateFindings({ platform, duplicates, unpackedBytes }: PlatformSize): Finding[] {
  if (!isWorth(duplicates.bytes, unpackedBytes)) return [];
  const files = duplicates.files
    .slice(0, 3)
    .map(({ bytes, paths }) => `${paths.slice(0, 3).join(" = ")} (${megabytes(bytes)})`);
  return [
    {
      code: "SIZE_DUPLICATES",
      level: "info",
      place: platform,
      message: `${megabytes(duplicates.bytes)} are in files that stand there twice: ${files.join(", ")}`,
      reason: "a copy is pulled and stored as often as it stands there",
      repair: "copy it once, and make links",
    },
  ];
}

function isWorth(bytes: number, all: number): boolean {
  return bytes >= worthBytes && bytes >= all * worthShare;
}

function makerOf({ instruction, digest }: PlatformSize["layers"][number]): string {
  const words = instruction ?? digest.slice(0, 19);
  return words.length > 60 ? `${words.slice(0, 60)}…` : words;
}

/** Decimal, as registries count them. */
function megabytes(bytes: number): string {
  if (bytes < 100_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
