import type { StoredManifest } from "../../oci/content.ts";
import { type ImageConfig, parseConfig } from "../../oci/image-config.ts";
import {
  formatPlatform,
  type ImageManifest,
  isAttestation,
  parseManifest,
} from "../../oci/manifest.ts";
import { canonicalPlatform } from "../../oci/platform.ts";
import { readSmallBlob } from "../../oci/small-blob.ts";
import type { Finding, GateSubject } from "../../release/gate.ts";

type Image = NonNullable<GateSubject["image"]>;

/** The image of one platform. */
export interface PlatformImage {
  readonly platform: string;
  readonly manifest: StoredManifest;
  readonly parsed: ImageManifest;
  readonly config: ImageConfig;
}

export interface Chosen {
  readonly images: readonly PlatformImage[];
  /** What was to be run and is not there. */
  readonly absent: readonly Finding[];
}

/** The images to run: those of the platforms that were asked for, or the one of the engine's own. */
export async function choosePlatforms(
  image: Image,
  asked: readonly string[],
  native: string,
): Promise<Chosen> {
  const all = await readImages(image);
  const wanted = (asked.length > 0 ? asked : [native]).map(canonicalPlatform);
  return {
    images: all.filter(({ platform }) => wanted.includes(canonicalPlatform(platform))),
    absent: wanted
      .filter((one) => !all.some(({ platform }) => canonicalPlatform(platform) === one))
      .map((one) => absent(one, all)),
  };
}

async function readImages({ tree, source }: Image): Promise<readonly PlatformImage[]> {
  const parsed = tree.nodes.map(({ manifest }) => ({
    manifest,
    parsed: parseManifest(manifest.bytes, manifest.mediaType),
  }));
  const attestations = new Set(
    parsed
      .flatMap(({ parsed }) =>
        parsed.kind === "index" ? parsed.manifests.filter(isAttestation) : [],
      )
      .map(({ digest }) => digest),
  );
  const images = parsed.flatMap(({ manifest, parsed }) =>
    parsed.kind === "image" && !attestations.has(manifest.digest) ? [{ manifest, parsed }] : [],
  );
  return await Promise.all(
    images.map(async ({ manifest, parsed }) => {
      const bytes = await readSmallBlob(parsed.config, source);
      const config = parseConfig(bytes, parsed.config.digest);
      return { platform: formatPlatform(config), manifest, parsed, config };
    }),
  );
}

function absent(wanted: string, all: readonly PlatformImage[]): Finding {
  const platforms = all.map(({ platform }) => platform);
  return {
    code: "SMOKE_PLATFORM",
    level: "error",
    place: wanted,
    message: `the image has ${platforms.join(", ") || "nothing to run"}, and not ${wanted}`,
    reason: "nothing of it has been tried",
    repair: `gates.smoke.platforms: [${platforms[0] ?? wanted}] runs it under emulation`,
  };
}
