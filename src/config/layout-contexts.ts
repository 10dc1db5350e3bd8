import { resolve } from "node:path";
import type { BuildSpec, LinkedTarget } from "../docker/build-spec.ts";
import { digestOf } from "../oci/manifest.ts";
import { parseLayoutContext } from "../oci/reference.ts";
import type { LoadOptions } from "./load.ts";

/** The build with what the OCI layouts among its named contexts hold, and among those of its linked targets. */
export async function withLayouts(
  spec: BuildSpec,
  options: Pick<LoadOptions, "projectDir" | "readFile">,
): Promise<BuildSpec> {
  const { linked, ...own } = spec;
  const read = Object.entries(linked ?? {}).map(
    async ([name, target]) => [name, await withOwn(target, options)] as const,
  );
  return {
    ...(await withOwn(own, options)),
    ...(linked && { linked: Object.fromEntries(await Promise.all(read)) }),
  };
}

async function withOwn<Source extends LinkedTarget>(
  source: Source,
  options: Pick<LoadOptions, "projectDir" | "readFile">,
): Promise<Source> {
  const layouts = await readLayoutContexts(source.contexts, options);
  return layouts ? { ...source, layouts } : source;
}

/**
 * What the OCI layouts among named contexts hold, by the context's name: the digest that the reference names, or
 * that of the layout's `index.json`, and the tag that is taken from it. `undefined` when there is none. A layout
 * that cannot be read is left out: the plan says that it is missing.
 */
async function readLayoutContexts(
  contexts: Readonly<Record<string, string>>,
  { projectDir, readFile }: Pick<LoadOptions, "projectDir" | "readFile">,
): Promise<Readonly<Record<string, string>> | undefined> {
  const read = Object.entries(contexts).map(async ([name, source]) => {
    const { path, tag = "", digest } = parseLayoutContext(source) ?? {};
    if (path === undefined) return [];
    const index = resolve(projectDir, path, "index.json");
    const held = digest ?? (await readFile(index).then(digestOf, () => undefined));
    return held === undefined ? [] : [[name, `oci-layout:${tag}@${held}`] as const];
  });
  const layouts = (await Promise.all(read)).flat();
  return layouts.length > 0 ? Object.fromEntries(layouts) : undefined;
}
