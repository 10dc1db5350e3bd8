import type { Referrer } from "../../ecr/types.ts";
import type { Attestation, PlatformImage } from "../../inspection/image.ts";
import type { Inspection } from "../../inspection/read.ts";
import type { Settings } from "../../oci/image-config.ts";
import { isOfKind } from "../../oci/statements.ts";
import { plural } from "../../wording.ts";
import { foreign } from "../terminal/printable.ts";
import { bold, dim } from "../terminal/style.ts";
import { formatBytes, shortDigest } from "../terminal/units.ts";
import { comparisonLines } from "./compare-text.ts";
import { greatestLayer, layerLine } from "./layer-text.ts";
import { type Row, section, sectionsOf } from "./sections.ts";

/** An image for people: what it is, its layers as a picture, its settings, and what changed when it was compared. */
export function inspectionText(inspection: Inspection, width?: number): string {
  const { reference, digest, platforms, against } = inspection;
  const named = reference.slice(0, -`@${digest}`.length);
  return [
    bold(named),
    `  ${digest}`,
    `  ${summary(inspection)}`,
    ...(against ? comparisonLines(inspection, against, width) : contentLines(inspection, width)),
    ...section("attestations", inspection.attestations.map(attestationRow(platforms)), width),
    ...section(
      "artifacts",
      inspection.artifacts.map((one) => [shortDigest(one.digest), one.artifactType]),
      width,
    ),
    ...section("referrers", inspection.referrers.map(referrerRow), width),
  ].join("\n");
}

function contentLines({ platforms, annotations }: Inspection, width?: number): string[] {
  return [
    ...platformLines(platforms, width),
    ...sectionsOf("settings", platforms, settingRows, width),
    ...sectionsOf("labels", platforms, ({ labels }) => Object.entries(labels), width),
    ...section("annotations", Object.entries(annotations), width),
  ];
}

function summary({ kind, platforms, attestations, artifacts, referrers }: Inspection): string {
  const isEmpty = platforms.length + attestations.length + artifacts.length === 0;
  return [
    {
      index: isEmpty ? "an index that lists nothing" : "index",
      image: "a single image, no index",
      artifact: "an artifact",
    }[kind],
    ...(platforms.length > 0 ? [plural(platforms.length, "platform")] : []),
    ...(attestations.length > 0 ? [plural(attestations.length, "attestation")] : []),
    ...(artifacts.length > 0 && kind !== "artifact" ? [plural(artifacts.length, "artifact")] : []),
    ...(referrers.length > 0 ? [plural(referrers.length, "referrer")] : []),
  ].join(", ");
}

function platformLines(platforms: readonly PlatformImage[], width?: number): string[] {
  const greatest = greatestLayer(platforms);
  return platforms.flatMap(({ platform, digest, bytes, layers }) => [
    "",
    `  ${bold(foreign(platform))}  ${formatBytes(bytes)} in ${plural(layers.length, "layer")}  ${dim(shortDigest(digest))}`,
    ...layers.map((layer) => layerLine(layer, greatest, width)),
  ]);
}

function settingRows({ settings }: PlatformImage): Row[] {
  const { user, workingDir, entrypoint, cmd, ports, volumes, stopSignal, healthcheck } = settings;
  const rows: Row[] = [
    ["user", user || "root, for none is set"],
    ["workdir", workingDir],
    ["entrypoint", words(entrypoint)],
    ["cmd", words(cmd)],
    ["healthcheck", words(healthcheck)],
    ["ports", ports.join(" ")],
    ["volumes", volumes.join(" ")],
    ["stop signal", stopSignal],
    ...environmentRows(settings),
  ];
  return rows.filter(([, value]) => value !== "");
}

function environmentRows({ env }: Settings): Row[] {
  return env.map(({ name, value }, at) => [at === 0 ? "env" : "", `${name}=${value}`]);
}

function words(argv: readonly string[]): string {
  return argv.length === 0 ? "" : JSON.stringify(argv);
}

const kindNames = [
  ["provenance", "provenance"],
  ["sbom", "SBOM"],
] as const;

function attestationRow(platforms: readonly PlatformImage[]) {
  return ({ about, predicateTypes }: Attestation): readonly string[] => {
    const platform = platforms.find(({ digest }) => digest === about)?.platform;
    const types = predicateTypes.map((type) => {
      const name = kindNames.find(([kind]) => isOfKind({ predicateType: type }, kind))?.[1];
      return name ? `${name} (${type})` : type || "of no stated type";
    });
    return [platform ?? "of nothing here", types.join(", ")];
  };
}

const storageWords: Readonly<Record<Referrer["status"], string>> = {
  ACTIVE: "",
  ARCHIVED: " (archived)",
  ACTIVATING: " (being restored)",
};

function referrerRow({ digest, artifactType, mediaType, status }: Referrer): readonly string[] {
  return [shortDigest(digest), `${artifactType ?? mediaType}${storageWords[status]}`];
}
