import type { FindingLevel } from "../../release/gate.ts";
import type { TroubleCode } from "../layers/facts.ts";
import type { PlatformFacts } from "../layers/image.ts";
import type { Remark } from "./remark.ts";

/** Old base images come with absolute names and nodes below /dev, and docker has always unpacked them. */
const levels: Readonly<Record<TroubleCode, FindingLevel>> = {
  LAYER_NOT_TAR: "error",
  LAYER_BROKEN: "error",
  LAYER_BOMB: "error",
  LAYER_TOO_LARGE: "error",
  LAYER_FOREIGN: "warning",
  PATH_OUTSIDE: "error",
  PATH_ABSOLUTE: "warning",
  LINK_OUTSIDE: "error",
  DEVICE_NODE: "warning",
};

/** What is wrong with the layers themselves. */
export function layerRemarks({ layers, config, image }: PlatformFacts): Remark[] {
  return layers.flatMap(({ troubles, diffId }, at): Remark[] => {
    const found = troubles.map(({ code, path, what }): Remark => {
      const where = `layer ${at + 1}${path === undefined ? "" : ` ${path}`}`;
      return { code, level: levels[code], where, message: `${what}${madeBy(image, at)}` };
    });
    const promised = config.diffIds[at];
    if (diffId === null || promised === undefined || promised === diffId) return found;
    const message = `it unpacks to ${diffId}, and the config says ${promised}`;
    return [...found, { code: "DIFF_ID_WRONG", level: "error", where: `layer ${at + 1}`, message }];
  });
}

/** The instruction that made a layer, as a message ends with it. */
export function madeBy({ layers }: PlatformFacts["image"], at: number): string {
  const instruction = layers[at]?.instruction;
  if (!instruction) return "";
  return `, from ${instruction.length > 60 ? `${instruction.slice(0, 60)}…` : instruction}`;
}
