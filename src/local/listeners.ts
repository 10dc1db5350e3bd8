import { bounded } from "./crowd.ts";
import { type DataPlane, dataPlane } from "./data/data-plane.ts";
import { placeIn, storage } from "./data/storage.ts";
import { type Handler, type Listener, type ListenOptions, listen } from "./http.ts";
import type { RequestLogEntry } from "./reports.ts";
import type { Rim } from "./rim.ts";
import { openRegistry, type Registry, registryKey, type State, savePort } from "./state.ts";

/** The data planes of all registries, and the storage that they send clients to. */
export interface Listeners {
  /** A registry with its data plane listening. */
  registryOf(account: string, region: string): Promise<Registry>;
  /** Cuts every connection, and every new one while it holds. */
  refuse(all: boolean): void;
  close(): Promise<void>;
}

export interface ListenersOptions extends Pick<ListenOptions, "tls"> {
  readonly rim: Rim;
  readonly onRequest: (entry: RequestLogEntry) => void;
}

/** Opens the storage, and the data plane of every registry that the data knows. */
export async function openListeners(
  state: State,
  { rim, onRequest, tls }: ListenersOptions,
): Promise<Listeners> {
  const stored = rim(storage(state), {
    plane: "storage",
    registryOf: ({ path }) => placeIn(path).registry,
  });
  const store = await listen(bounded(stored, "storage"), onRequest, { port: 0, orAny: true, tls });
  state.storage.origin = `${state.scheme}://localhost:${store.port}`;
  const opening = new Map<string, Promise<Registry>>();
  const open: Listener[] = [store];
  const close = async () => {
    await Promise.allSettled(opening.values());
    await Promise.all(open.map((listener) => listener.close()));
  };
  const registryOf = (account: string, region: string) => {
    const key = registryKey(account, region);
    const known = opening.get(key);
    if (known) return known;
    const opened = openPlane(state, { account, region }, async (plane) => {
      const { port } = plane.registry;
      const served = { ...plane, storagePort: store.port };
      const seen =
        (view: (registry: Registry) => Registry): Handler =>
        (request) =>
          dataPlane({ ...served, registry: view(served.registry) })(request);
      const handler = rim(dataPlane(served), { plane: "registry", registryOf: () => key, seen });
      const listener = await listen(bounded(handler, "registry"), onRequest, {
        port,
        orAny: true,
        tls,
      });
      open.push(listener);
      return listener.port;
    });
    opening.set(key, opened);
    // What failed once, for want of a port or a file, may succeed the next time.
    opened.catch(() => opening.delete(key));
    return opened;
  };
  try {
    const saved = [...state.registries.values()];
    await Promise.all(saved.map(({ account, region }) => registryOf(account, region)));
  } catch (error) {
    await close();
    throw error;
  }
  const refuse = (all: boolean) => {
    for (const listener of open) listener.refuse(all);
  };
  return { registryOf, refuse, close };
}

/** The port of last time, when it is free: image names that were handed out stay true. */
async function openPlane(
  state: State,
  { account, region }: Pick<Registry, "account" | "region">,
  serve: (plane: Omit<DataPlane, "storagePort">) => Promise<number>,
): Promise<Registry> {
  const registry = openRegistry(state, account, region);
  const port = await serve({ state, registry });
  savePort(registry, port, state.scheme);
  return registry;
}
