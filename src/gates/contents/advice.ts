import type { Finding } from "../../release/gate.ts";
import type { SecretCode, TroubleCode } from "../layers/facts.ts";

export type ContentsCode =
  | SecretCode
  | TroubleCode
  | "DIFF_ID_WRONG"
  | "SETUID_FILE"
  | "WORLD_WRITABLE"
  | "USER_ROOT"
  | "PORT_SSH"
  | "ENV_SECRET"
  | "HISTORY_SECRET"
  | "WRONG_MACHINE";

type Advice = Pick<Finding, "reason" | "repair" | "url">;

const buildSecrets = "https://docs.docker.com/build/building/secrets/";
const pulled = "whoever may pull the image can read it, also when a later layer deletes it";
const mounted =
  "mount it while building, RUN --mount=type=secret,id=…, and name it in slipway.yaml's build.secrets; what was published once must be replaced at its issuer";
const unpackers = "programs that unpack layers refuse it, or write where they should not";
const rebuilt = "build the image anew with docker buildx; look at what wrote this layer";

const secret: Advice = { reason: pulled, repair: mounted, url: buildSecrets };
const malformed: Advice = {
  reason: unpackers,
  repair: rebuilt,
  url: "https://github.com/opencontainers/image-spec/blob/main/layer.md",
};

/** Why each kind of finding is a defect, and what to do about it. */
export const advice: Readonly<Record<ContentsCode, Advice>> = {
  PRIVATE_KEY: secret,
  CLOUD_CREDENTIALS: {
    reason: pulled,
    repair: "give the task or pod an IAM role instead of a key, and deactivate this key in IAM now",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
  },
  ACCESS_TOKEN: secret,
  PACKAGE_TOKEN: secret,
  REGISTRY_LOGIN: secret,
  CLUSTER_CREDENTIALS: secret,
  ENV_FILE: {
    reason: pulled,
    repair: "write .env* into .dockerignore, and give the values to the container when it starts",
    url: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
  },
  GIT_HISTORY: {
    reason: "it holds every file that was ever committed, and often the remote's login",
    repair: "write .git into .dockerignore, or COPY only what the image needs",
    url: "https://docs.docker.com/build/concepts/context/#dockerignore-files",
  },
  STATE_FILE: {
    reason: pulled,
    repair: "write *.tfstate* into .dockerignore, and keep the state in a remote backend",
  },
  LAYER_NOT_TAR: malformed,
  LAYER_BROKEN: malformed,
  LAYER_BOMB: {
    reason: "pulling it fills the disk of every host",
    repair:
      "look at what this layer's instruction writes: long runs of zeros, a sparse file, a log",
  },
  LAYER_TOO_LARGE: {
    reason: "pulling it fills the disk of every host",
    repair: "look at what this layer's instruction writes, and keep data out of the image",
  },
  LAYER_FOREIGN: {
    reason: "its bytes are not in the layout, so nobody looked into it",
    repair: "build on a base image whose layers may be distributed",
  },
  DIFF_ID_WRONG: {
    reason: "the config promises other content; docker and containerd refuse to unpack it",
    repair: rebuilt,
    url: "https://github.com/opencontainers/image-spec/blob/main/config.md",
  },
  PATH_OUTSIDE: malformed,
  PATH_ABSOLUTE: malformed,
  LINK_OUTSIDE: malformed,
  DEVICE_NODE: {
    reason: "a runtime makes the devices it allows; this one gives access where they do not",
    repair: "leave /dev out of what is copied, and make no nodes in RUN",
  },
  SETUID_FILE: {
    reason: "it runs with its owner's rights whoever starts it, and so helps to leave the user",
    repair: "RUN chmod a-s FILE, or no-new-privileges and an entry in gates.contents.allow",
  },
  WORLD_WRITABLE: {
    reason: "any user of the container may replace what others put there",
    repair:
      "RUN chmod o-w DIRECTORY in the layer that makes it, or give it to the user that writes there",
  },
  USER_ROOT: {
    reason: "a flaw in the program gives root in the container, and with it more ways out",
    repair: "USER 10001 (a number, so that Kubernetes' runAsNonRoot can tell) in the last stage",
    url: "https://docs.docker.com/build/building/best-practices/#user",
  },
  PORT_SSH: {
    reason:
      "a container is entered by docker exec, ECS Exec or kubectl exec, without a server inside",
    repair: "take the SSH server and EXPOSE 22 out of the Dockerfile",
  },
  ENV_SECRET: {
    reason: "the config is pulled with the image, and every process of the container has it",
    repair:
      "give it to the container when it starts: secrets of ECS task definitions, Kubernetes secrets",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
  },
  HISTORY_SECRET: {
    reason: "docker history shows it to whoever may pull the image",
    repair: mounted,
    url: buildSecrets,
  },
  WRONG_MACHINE: {
    reason: "it ends with 'exec format error' where the image is run",
    repair: "choose the file by TARGETARCH in the Dockerfile, or build it on TARGETPLATFORM",
    url: "https://docs.docker.com/build/building/multi-platform/",
  },
};
