import type { Handler, HttpRequest } from "./http.ts";
import { type Link, throttled } from "./link.ts";

export type Plane = "api" | "registry" | "storage";

/** Which requests a handler gets: their plane, and the registry (`ACCOUNT/REGION`) that each is for. */
export interface Place {
  readonly plane: Plane;
  readonly registryOf: (request: HttpRequest) => string | undefined;
}

/** Puts around a handler what stands between a registry and its clients. */
export type Rim = (handler: Handler, place: Place) => Handler;

/** Nothing at all where nothing was asked for. */
export function openRim({
  links,
}: {
  readonly links: ((registry: string) => Link | undefined) | undefined;
}): Rim {
  return (handler, { registryOf }) => {
    if (!links) return handler;
    return throttled(handler, (request) => {
      const registry = registryOf(request);
      return registry === undefined ? undefined : links(registry);
    });
  };
}
