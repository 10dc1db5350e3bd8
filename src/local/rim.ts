import type { Faults } from "./faults/apply.ts";
import type { Handler, HttpRequest } from "./http.ts";
import { type Link, throttled } from "./link.ts";
import type { Place } from "./place.ts";

/** Puts around a handler what stands between a registry and its clients. */
export type Rim = (handler: Handler, place: Place) => Handler;

export interface RimOptions {
  readonly links: ((registry: string) => Link | undefined) | undefined;
  readonly faults: Faults | undefined;
}

/** Nothing at all where nothing was asked for. Faults happen at the far end of a slow link. */
export function openRim({ links, faults }: RimOptions): Rim {
  return (handler, place) => {
    const faulty = faults ? faults.around(handler, place) : handler;
    if (!links) return faulty;
    const linkOf = (request: HttpRequest) => {
      const registry = place.registryOf(request);
      return registry === undefined ? undefined : links(registry);
    };
    return throttled(faulty, linkOf);
  };
}
