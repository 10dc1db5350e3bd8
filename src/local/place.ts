import type { Handler, HttpRequest } from "./http.ts";
import type { Plane } from "./plane.ts";
import type { Registry } from "./state.ts";

/** Which requests a handler gets: their plane, and the registry (`ACCOUNT/REGION`) that each is for. */
export interface Place {
  readonly plane: Plane;
  readonly registryOf: (request: HttpRequest) => string | undefined;
  /** The handler for registries seen in another way; absent where no registry is looked at. */
  readonly seen?: (view: (registry: Registry) => Registry) => Handler;
}
