import { type DataPlane, dataPlane } from "./data/data-plane.ts";
import type { Sessions } from "./data/sessions.ts";
import { storage } from "./data/storage.ts";
import { type Listener, listen, type RequestLogEntry } from "./http.ts";
import { openRegistry, type Registry, registryKey, type State, savePort } from "./state.ts";

/** The data planes of all registries, and the storage that they send clients to. */
export interface Listeners {
  /** A registry with its data plane listening. */
  registryOf(account: string, region: string): Promise<Registry>;
  close(): Promise<void>;
}

/** Opens the storage, and the data plane of every registry that the data knows. */
export async function openListeners(
  state: State,
  onRequest: (entry: RequestLogEntry) => void,
): Promise<Listeners> {
  const store = await listen(storage(state), onRequest, { port: 0, orAny: true });
  const opening = new Map<string, Promise<Registry>>();
  const open: Listener[] = [store];
  const registryOf = (account: string, region: string) => {
    const key = registryKey(account, region);
    const known = opening.get(key);
    if (known) return known;
    const registry = openRegistry(state, account, region);
    const plane: DataPlane = { state, registry, sessions: newSessions(), storagePort: store.port };
    const opened = openPlane(plane, onRequest, open);
    opening.set(key, opened);
    return opened;
  };
  const saved = [...state.registries.values()];
  await Promise.all(saved.map(({ account, region }) => registryOf(account, region)));
  return {
    registryOf,
    close: async () => {
      await Promise.all(open.map((listener) => listener.close()));
    },
  };
}

function newSessions(): Sessions {
  return new Map();
}

/** The port of last time, when it is free: image names that were handed out stay true. */
async function openPlane(
  plane: DataPlane,
  onRequest: (entry: RequestLogEntry) => void,
  open: Listener[],
): Promise<Registry> {
  const { registry } = plane;
  const listener = await listen(dataPlane(plane), onRequest, { port: registry.port, orAny: true });
  open.push(listener);
  savePort(registry, listener.port);
  return registry;
}
