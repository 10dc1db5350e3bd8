import { posix } from "node:path";
import { type BuildSpec, type LinkedTarget, linkedNames } from "../docker/build-spec.ts";
import type { Baked } from "./bake.ts";
import { sourceDefaults } from "./defaults.ts";

interface LinkedTo extends Pick<BuildSpec, "contexts" | "platforms"> {
  /** The named contexts of slipway.yaml and its flags: what they put in the place of an image holds for linked targets too. */
  readonly replaced: Readonly<Record<string, string>>;
}

/**
 * The targets that an image's named contexts are linked to, complete; `undefined` when there are none. A linked target
 * is built for the image's platforms, unless the bake file gives it others of its own.
 */
export function linkTargets(
  baked: Readonly<Record<string, Baked>> = {},
  { contexts, platforms, replaced }: LinkedTo,
): Readonly<Record<string, LinkedTarget>> | undefined {
  const contextsOf = (name: string) => ({ ...baked[name]?.contexts, ...replaced });
  const names = linkedNames(contexts, contextsOf).filter((name) => name in baked);
  if (names.length === 0) return undefined;
  const entries = names.map((name): [string, LinkedTarget] => {
    const target = complete(baked[name] as Baked);
    const own = target.platforms;
    const wanted = platforms.filter((platform) => own.length === 0 || own.includes(platform));
    return [
      name,
      {
        ...target,
        platforms: wanted.length > 0 ? wanted : own,
        contexts: contextsOf(name),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function complete({ linked: _, ...baked }: Baked): LinkedTarget {
  const { context = sourceDefaults.context } = baked;
  const dockerfile = posix.join(context, "Dockerfile");
  return { ...sourceDefaults, dockerfile, platforms: [], ...baked };
}
