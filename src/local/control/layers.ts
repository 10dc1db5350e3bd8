import { type Digest, isDigest } from "../../oci/reference.ts";
import type { Repository } from "../repository.ts";
import { type Operations, operation, placeOf } from "./call.ts";
import { inRepository } from "./fields.ts";
import { list, shape, text } from "./shape.ts";

/** A layer is bytes here, and what kind of layer it is stands in the images that use it. */
const mediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip";

export const layerOperations: Operations = {
  BatchCheckLayerAvailability: operation(
    shape({ ...inRepository, layerDigests: list(text({ min: 0, max: 1000 }), 1, 100) }),
    async (input, call) => {
      const { repository } = await placeOf(call, input);
      const archived = archivedLayers(repository);
      const legal = input.layerDigests.filter(isDigest);
      return {
        layers: legal.map((layerDigest) => {
          const layer = repository.layers.get(layerDigest);
          if (!layer) return { layerDigest, layerAvailability: "UNAVAILABLE" };
          const layerAvailability = archived.has(layerDigest) ? "ARCHIVED" : "AVAILABLE";
          return { layerDigest, layerAvailability, layerSize: layer.size, mediaType };
        }),
        failures: input.layerDigests
          .filter((layerDigest) => !isDigest(layerDigest))
          .map((layerDigest) => ({
            layerDigest,
            failureCode: layerDigest === "" ? "MissingLayerDigest" : "InvalidLayerDigest",
            failureReason: `Invalid layer digest '${layerDigest}'`,
          })),
      };
    },
  ),
};

/** Layers that only archived images use. */
export function archivedLayers({ images }: Repository): ReadonlySet<Digest> {
  const archived = [...images.values()].filter(({ isArchived }) => isArchived);
  if (archived.length === 0) return new Set();
  const active = [...images.values()].filter(({ isArchived }) => !isArchived);
  const inUse = new Set(active.flatMap(({ layers }) => layers));
  return new Set(archived.flatMap(({ layers }) => layers).filter((layer) => !inUse.has(layer)));
}
