import type { HttpAnswer, HttpRequest } from "../http.ts";
import type { Repository } from "../repository.ts";
import type { Registry, State } from "../state.ts";

/** What a handler of the data plane works with. */
export interface DataPlane {
  readonly state: State;
  readonly registry: Registry;
  readonly storagePort: number;
}

/** A request to a repository that exists; `reference` is a tag, a digest or an upload's id. */
export interface RegistryRequest {
  readonly plane: DataPlane;
  readonly repository: Repository;
  readonly reference: string;
  readonly http: HttpRequest;
}

export type RegistryHandler = (request: RegistryRequest) => HttpAnswer | Promise<HttpAnswer>;
