import { isDigest } from "../../oci/reference.ts";
import { type Operations, operation, placeOf } from "./call.ts";
import { inRepository } from "./fields.ts";
import { list, shape, text } from "./shape.ts";

export const layerOperations: Operations = {
  BatchCheckLayerAvailability: operation(
    shape({ ...inRepository, layerDigests: list(text({ min: 0, max: 1000 }), 1, 100) }),
    async (input, call) => {
      const { repository } = await placeOf(call, input);
      const legal = input.layerDigests.filter(isDigest);
      return {
        layers: legal.map((layerDigest) => {
          const layer = repository.layers.get(layerDigest);
          return layer
            ? { layerDigest, layerAvailability: "AVAILABLE", layerSize: layer.size }
            : { layerDigest, layerAvailability: "UNAVAILABLE" };
        }),
        failures: input.layerDigests
          .filter((layerDigest) => !isDigest(layerDigest))
          .map((layerDigest) => ({
            layerDigest,
            failureCode: "InvalidLayerDigest",
            failureReason: `Invalid layer digest '${layerDigest}'`,
          })),
      };
    },
  ),
};
