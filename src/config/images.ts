import { isObject, type Loose, object } from "../loose.ts";
import { nearestWord, showValue } from "../wording.ts";
import type { ValuePath } from "../yaml.ts";
import type { ConfigError, ConfigMistake } from "./mistakes.ts";
import type { Overrides } from "./overrides.ts";

/** The file as one of its images has it: the shared keys, overruled by its own. */
export interface ImageView {
  /** Its name under `images`; absent for the one image of a file without them. */
  readonly name?: string;
  readonly value: unknown;
  /** Where in the file stands what is at this path of the view. */
  readonly place: (path: ValuePath) => ValuePath;
}

/** The images that the file describes, in its order; a file without `images` describes one. */
export function imageViews(file: unknown): readonly ImageView[] {
  const { images, ...shared } = object(file);
  if (images === undefined) return [{ value: file, place: (path) => path }];
  return Object.entries(object(images)).map(([name, own]) => ({
    name,
    value: { ...(merged(shared, own) as Loose), image: name },
    place: (path) => (isIn(own, path) ? ["images", name, ...path] : path),
  }));
}

/** What is wrong with `images` beside the other keys. */
export function checkImages(file: unknown): readonly ConfigMistake[] {
  const { image, images } = object(file);
  if (images === undefined) return [];
  if (image !== undefined) {
    const message = "expected no image beside images, which has the names as its keys";
    return [{ path: ["image"], part: "key", message }];
  }
  if (!isObject(images) || Object.keys(images).length > 0) return [];
  return [{ path: ["images"], part: "value", message: "expected at least one image, found none" }];
}

/** The views that a command is about, or why there are none. */
export type Choice = readonly ImageView[] | { readonly errors: readonly ConfigError[] };

/** All images, or those that `--image` names. */
export function chooseImages(views: readonly ImageView[], { images = [] }: Overrides): Choice {
  const names = views.flatMap(({ name }) => name ?? []);
  if (names.length === 0) {
    if (images.length < 2) return views;
    return refusal(
      "--image",
      `expected one name, for the file describes one image, found ${images.length}`,
    );
  }
  const strange = images.find((image) => !names.includes(image));
  if (strange !== undefined) {
    const nearest = nearestWord(strange, names);
    const hint = nearest ? `did you mean '${nearest}'?` : `the file describes ${names.join(", ")}`;
    return refusal("--image", `unknown image ${showValue(strange)}, ${hint}`);
  }
  return views.filter(({ name = "" }) => images.length === 0 || images.includes(name));
}

/** The one image of a command that is about one: of several, the one that `argument` names, such as `--image NAME`. */
export function chooseImage(
  views: readonly ImageView[],
  file: unknown,
  { image }: Overrides,
  argument: string,
): Choice {
  const [first, ...more] = views;
  if (first?.name === undefined || (more.length === 0 && image === undefined)) return views;
  const named = views.find(({ name }) => name === image);
  if (named) return [named];
  const { images: _, ...shared } = object(file);
  if (image !== undefined) return [{ value: shared, place: (path) => path }];
  const names = views.map(({ name }) => name).join(", ");
  return refusal(
    argument.split(" ")[0] ?? argument,
    `expected one of the images that the file describes, ${names}; found none`,
    argument.replace(/NAME|REPOSITORY/, first.name),
  );
}

function refusal(flag: string, message: string, suggestion?: string): Choice {
  const toType = suggestion === undefined ? {} : { suggestion };
  return { errors: [{ source: "flag", flag, path: "image", message, ...toType }] };
}

/** Objects are joined key by key; any other value of the image's own takes the shared one's place. */
function merged(shared: unknown, own: unknown): unknown {
  if (own === undefined) return shared;
  if (!isObject(shared) || !isObject(own)) return own;
  const keys = new Set([...Object.keys(shared), ...Object.keys(own)]);
  return Object.fromEntries([...keys].map((key) => [key, merged(shared[key], own[key])]));
}

function isIn(value: unknown, path: ValuePath): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return false;
  return isIn((value as Readonly<Record<string | number, unknown>>)[key], rest);
}
