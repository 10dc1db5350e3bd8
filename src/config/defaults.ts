import type { GateSettings } from "../release/gate.ts";
import type { TagTemplates } from "../release/request.ts";

/** What holds when neither the file nor a flag says otherwise. */
export const defaultPlatforms = ["linux/amd64", "linux/arm64"] as const;

export const defaultTags: TagTemplates = {
  version: ["{version}"],
  commit: ["sha-{sha:12}"],
  floating: ["{major}.{minor}", "{major}", "latest"],
  channel: [],
  gitPrefix: "v",
};

export const defaultContext = ".";
export const defaultProvenance = "min";

/** What `slipway lint` goes by as well when there is no file. */
export const defaultDockerfileGate = {
  pin: "tag",
  ignore: [],
} as const satisfies GateSettings["dockerfile"];

/** Of what one image or linked target is built from, where neither the file nor a flag says anything. */
export const sourceDefaults = {
  context: defaultContext,
  args: {},
  contexts: {},
  secrets: [],
  ssh: [],
  labels: {},
  cacheFrom: [],
  cacheTo: [],
  noCache: false,
  pull: false,
};
