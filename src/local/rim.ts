import type { Faults } from "./faults/apply.ts";
import type { Handler, HttpRequest } from "./http.ts";
import { type Link, throttled } from "./link.ts";
import type { Place } from "./place.ts";

/** Puts around a handler what stands between a registry and its clients. */
export type Rim = (handler: Handler, place: Place) => Handler;

export interface RimOptions {
  readonly links: ((registry: string) => Link | undefined) | undefined;
  readonly faults: Faults;
  /** Done before any request is looked at. */
  readonly before: () => void;
}

/** Faults happen at the far end of a slow link. */
export function openRim({ links, faults, before }: RimOptions): Rim {
  return (handler, place) => {
    const current: Handler = (request) => {
      before();
      return handler(request);
    };
    const faulty = faults.around(current, place);
    if (!links) return faulty;
    const linkOf = (request: HttpRequest) => {
      const registry = place.registryOf(request);
      return registry === undefined ? undefined : links(registry);
    };
    return throttled(faulty, linkOf);
  };
}
