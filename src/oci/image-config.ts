import { SlipwayError } from "../errors.ts";
import { isObject, type Loose, list, object, text } from "../loose.ts";
import type { Digest } from "./reference.ts";

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

/** What a container of the image starts with. */
export interface Settings {
  readonly user: string;
  readonly workingDir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly EnvironmentVariable[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal: string;
  readonly healthcheck: readonly string[];
}

/** What we read of an image's config. https://github.com/opencontainers/image-spec/blob/main/config.md */
export interface ImageConfig {
  readonly os: string;
  readonly osVersion: string;
  readonly architecture: string;
  readonly variant: string;
  readonly created: string | null;
  readonly history: readonly { readonly createdBy: string; readonly isEmpty: boolean }[];
  /** Digests of the layers' tars, in their order. */
  readonly diffIds: readonly string[];
  readonly settings: Settings;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads a config from its bytes. What is missing or of another type than the specification says counts as
 * absent: looking at an image shall not fail on a field that no platform needs. Throws MANIFEST_INVALID when it is no JSON object.
 */
export function parseConfig(bytes: Buffer, digest: Digest): ImageConfig {
  const json = parseJson(bytes, digest);
  const settings = object(json.config);
  return {
    os: text(json.os),
    osVersion: text(json["os.version"]),
    architecture: text(json.architecture),
    variant: text(json.variant),
    created: text(json.created) || null,
    history: list(json.history).map((entry) => {
      const { created_by, empty_layer } = object(entry);
      return { createdBy: text(created_by), isEmpty: empty_layer === true };
    }),
    diffIds: texts(object(json.rootfs).diff_ids),
    settings: settingsIn(settings),
    labels: Object.fromEntries(
      Object.entries(object(settings.Labels)).map(([name, value]) => [name, text(value)]),
    ),
  };
}

function settingsIn(config: Loose): Settings {
  return {
    user: text(config.User),
    workingDir: text(config.WorkingDir),
    entrypoint: texts(config.Entrypoint),
    cmd: texts(config.Cmd),
    env: texts(config.Env).map((entry) => {
      const [name = "", ...value] = entry.split("=");
      return { name, value: value.join("=") };
    }),
    ports: Object.keys(object(config.ExposedPorts)).sort(),
    volumes: Object.keys(object(config.Volumes)).sort(),
    stopSignal: text(config.StopSignal),
    healthcheck: texts(object(config.Healthcheck).Test),
  };
}

function parseJson(bytes: Buffer, digest: Digest): Loose {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new SlipwayError("MANIFEST_INVALID", `the config ${digest} is not JSON`, { cause });
  }
  throw new SlipwayError("MANIFEST_INVALID", `the config ${digest} is not an object`);
}

function texts(value: unknown): readonly string[] {
  return list(value).filter((entry) => typeof entry === "string");
}
