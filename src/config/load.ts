import { join } from "node:path";
import { SlipwayError } from "../errors.ts";
import { checkPolicy } from "../lifecycle/check.ts";
import { parsePolicyText } from "../lifecycle/parse.ts";
import type { LifecyclePolicy } from "../lifecycle/policy.ts";
import { isObject } from "../loose.ts";
import type { Request } from "../release/request.ts";
import { showPath, showValue } from "../wording.ts";
import { readYaml, type YamlText } from "../yaml.ts";
import {
  type Choice,
  checkImages,
  chooseImage,
  chooseImages,
  type ImageView,
  imageViews,
} from "./images.ts";
import { withLayouts } from "./layout-contexts.ts";
import { type ConfigError, formatConfigError, mistakesOf, placeMistake } from "./mistakes.ts";
import { checkOverrides, type Overrides } from "./overrides.ts";
import { readBake } from "./read-bake.ts";
import { checkRelations } from "./relations.ts";
import { resolveRequest } from "./resolve.ts";
import { type FileConfig, fileSchema } from "./schema.ts";

export interface LoadOptions {
  /** The text of the configuration file; absent when there is none and the flags must do. */
  readonly text?: string | undefined;
  /** The name of the file, as its mistakes show it. */
  readonly file?: string | undefined;
  /** The directory that paths are relative to: the file's own, or the working directory. */
  readonly projectDir: string;
  readonly overrides: Overrides;
  /** Whether there must be a target; a build alone wants none. */
  readonly needsTargets?: boolean;
  /** How the command line names the repository; `--image NAME` where nothing is said. */
  readonly imageArgument?: string;
  /** Reads a UTF-8 file by its whole path; throws as `node:fs` does. */
  readonly readFile: (path: string) => Promise<string>;
  /** What `docker buildx bake --print` says of a file; absent where nothing is built and `build.bake` is not looked at. */
  readonly printBake?: (file: string, target: string | undefined) => Promise<unknown>;
}

export type LoadedRequest =
  | { readonly request: Request }
  | { readonly errors: readonly ConfigError[] };

export type LoadedRequests =
  | {
      readonly requests: readonly Request[];
      /** Whether the file describes its images under `images`. */
      readonly several: boolean;
    }
  | { readonly errors: readonly ConfigError[] };

/** As `readRequest`, and throws CONFIG_INVALID with all mistakes, one a line. */
export async function loadRequest(options: LoadOptions): Promise<Request> {
  const loaded = await readRequest(options);
  if ("request" in loaded) return loaded.request;
  throw configInvalid(loaded.errors, options);
}

/** As `readRequests`, and throws CONFIG_INVALID with all mistakes, one a line. */
export async function loadRequests(
  options: LoadOptions,
): Promise<Extract<LoadedRequests, { requests: unknown }>> {
  const loaded = await readRequests(options);
  if ("requests" in loaded) return loaded;
  throw configInvalid(loaded.errors, options);
}

function configInvalid(errors: readonly ConfigError[], options: LoadOptions): SlipwayError {
  const lines = errors.map((error) => `\n  ${formatConfigError(error)}`);
  const count = errors.length === 1 ? "a mistake" : `${errors.length} mistakes`;
  return new SlipwayError("CONFIG_INVALID", `${count} in the configuration:${lines.join("")}`, {
    suggestions: suggestionsFor(errors, options),
  });
}

/** As `readRequests`, for one image: of a file that describes several the one that `--image` names. */
export async function readRequest(options: LoadOptions): Promise<LoadedRequest> {
  const loaded = await readChosen(options, (views, file) =>
    chooseImage(views, file, options.overrides, imageArgumentOf(options)),
  );
  if ("errors" in loaded) return loaded;
  const [request] = loaded.requests;
  if (request === undefined) throw new Error("a file without an image");
  return { request };
}

/**
 * What the user asks for, image by image: the file, overruled by the flags, completed by the defaults. Answers
 * with all mistakes of both when there are any. Reads nothing but the lifecycle policies that the file names,
 * and the `index.json` of OCI layouts among the named contexts.
 */
export async function readRequests(options: LoadOptions): Promise<LoadedRequests> {
  return await readChosen(options, (views) => chooseImages(views, options.overrides));
}

async function readChosen(
  options: LoadOptions,
  choose: (views: readonly ImageView[], file: unknown) => Choice,
): Promise<LoadedRequests> {
  const { text, file = "slipway.yaml", overrides } = options;
  const yaml = readYaml(text ?? "", { keepsTypes: (key) => key === "lifecycle" });
  const flagErrors = checkOverrides(overrides);
  if (yaml.mistakes.length > 0) {
    const errors = yaml.mistakes.map(
      (mistake): ConfigError => ({ source: "file", file, path: "", ...mistake }),
    );
    return { errors: [...errors, ...flagErrors] };
  }
  const value = yaml.value ?? {};
  const checked = fileSchema.safeParse(value);
  const chosen = choose(imageViews(value), value);
  const views = "errors" in chosen ? [] : chosen;
  const read = await Promise.all(views.map((view) => readView(view, yaml, options)));
  const errors = [
    ...[...mistakesOf(checked.error?.issues ?? []), ...checkImages(value)]
      .map((mistake) => placeMistake(mistake, file, yaml.positionOf))
      .concat(read.flatMap((one) => one.fileErrors))
      .toSorted(byPlace),
    ...flagErrors,
    ...("errors" in chosen ? chosen.errors : []),
    ...read.flatMap((one) => one.missing),
  ];
  if (errors.length > 0 || !checked.success) return { errors: withoutRepeated(errors) };
  return {
    requests: await Promise.all(read.map((one) => one.request())),
    several: views.some(({ name }) => name !== undefined),
  };
}

/** One image of the file: what is wrong with it, and the request that it makes when nothing is. */
async function readView({ name, value, place }: ImageView, yaml: YamlText, options: LoadOptions) {
  const { file = "slipway.yaml", overrides } = options;
  const positionOf: YamlText["positionOf"] = (path, part) => yaml.positionOf(place(path), part);
  const [lifecycle, baked] = await Promise.all([
    readLifecycle(value, { ...yaml, positionOf }, options),
    readBake(value, options),
  ]);
  const fileErrors = [
    ...[...checkRelations(value), ...baked.mistakes].map((mistake) =>
      placeMistake({ ...mistake, path: place(mistake.path) }, file, yaml.positionOf),
    ),
    ...lifecycle.errors,
  ];
  return {
    fileErrors,
    missing: missing(value, options),
    async request(): Promise<Request> {
      const flags = name === undefined ? overrides : { ...overrides, image: name };
      const request = resolveRequest(fileSchema.parse(value), flags, lifecycle.policy, baked.build);
      return { ...request, build: await withLayouts(request.build, options) };
    },
  };
}

/** What is wrong with the shared keys is wrong for each image, and is told once. */
function withoutRepeated(errors: readonly ConfigError[]): readonly ConfigError[] {
  const told = new Map(errors.map((error) => [JSON.stringify(error), error]));
  return [...told.values()];
}

interface ReadLifecycle {
  readonly policy?: LifecyclePolicy;
  readonly errors: readonly ConfigError[];
}

async function readLifecycle(
  value: unknown,
  { positionOf }: YamlText,
  { file = "slipway.yaml", projectDir, readFile }: LoadOptions,
): Promise<ReadLifecycle> {
  const { lifecycle } = value as FileConfig;
  if (typeof lifecycle === "string" && lifecycle !== "") {
    const path = join(projectDir, lifecycle);
    try {
      return policyOrErrors(parsePolicyText(await readFile(path), { file: lifecycle }));
    } catch (error) {
      const message = `expected a policy file, found that ${showValue(lifecycle)} ${whyUnreadable(error)}`;
      const mistake = { path: ["lifecycle"], part: "value" as const, message };
      return { errors: [placeMistake(mistake, file, positionOf)] };
    }
  }
  if (!isObject(lifecycle)) return { errors: [] };
  const checked = checkPolicy(lifecycle);
  if ("policy" in checked) return { ...checked, errors: [] };
  const errors = checked.mistakes.map(({ path, message, code }) =>
    placeMistake(
      {
        path: ["lifecycle", ...path],
        part: code === "unknown-property" ? "key" : "value",
        message,
      },
      file,
      positionOf,
    ),
  );
  return { errors };
}

function policyOrErrors(parsed: ReturnType<typeof parsePolicyText>): ReadLifecycle {
  if ("policy" in parsed) return { ...parsed, errors: [] };
  return {
    errors: parsed.mistakes.map(({ file, line, column, path, message }) => ({
      source: "file",
      file,
      line,
      column,
      path: showPath(path),
      message,
    })),
  };
}

function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "does not exist";
  if (code === "EISDIR") return "is a directory";
  return `cannot be read (${code ?? message})`;
}

function byPlace(a: ConfigError, b: ConfigError): number {
  if (a.source !== "file" || b.source !== "file" || a.file !== b.file) return 0;
  return a.line - b.line || a.column - b.column;
}

/** What neither the file nor a flag gives, though there is no release without it. */
function missing(value: unknown, options: LoadOptions): readonly ConfigError[] {
  const { overrides, needsTargets = true } = options;
  if (typeof value !== "object" || Array.isArray(value)) return [];
  const { image, targets } = value as FileConfig;
  const hasRegion = (overrides.regions?.length ?? 0) > 0;
  return [
    ...(image === undefined && overrides.image === undefined
      ? [
          {
            source: "missing" as const,
            path: "image",
            message: `expected 'image: NAME' in the file or ${imageArgumentOf(options)}, found neither`,
          },
        ]
      : []),
    ...(needsTargets && targets === undefined && !hasRegion
      ? [
          {
            source: "missing" as const,
            path: "targets",
            message: "expected 'targets: REGION' in the file or --region REGION, found neither",
          },
        ]
      : []),
  ];
}

function imageArgumentOf({ imageArgument = "--image NAME" }: LoadOptions): string {
  return imageArgument;
}

function suggestionsFor(errors: readonly ConfigError[], options: LoadOptions): readonly string[] {
  const { text, file = "slipway.yaml", imageArgument } = options;
  const missing = errors.flatMap((error) => (error.source === "missing" ? [error.path] : []));
  const toType = errors.flatMap((error) => (error.source === "flag" && error.suggestion) || []);
  if (missing.length === 0) return toType;
  if (text === undefined) {
    const init = "write a slipway.yaml to start from: slipway init";
    return imageArgument === undefined ? [init] : [`pass ${imageArgument}`, init];
  }
  const lines: Readonly<Record<string, string>> = {
    image: `add 'image: NAME' to ${file}, or pass ${imageArgumentOf(options)}`,
    targets: `add 'targets: [eu-west-1]' to ${file}, or pass --region eu-west-1`,
  };
  return missing.flatMap((path) => lines[path] ?? []);
}
