import { randomUUID } from "node:crypto";
import { SlipwayError } from "../errors.ts";
import { parseDenial } from "./access.ts";
import { controlPlane, registryOfCall } from "./control/control-plane.ts";
import { openDirectory } from "./directory.ts";
import { environmentFor, unwantedVariables } from "./environment.ts";
import {
  type Handler,
  type HttpRequest,
  type Listener,
  listen,
  type RequestLogEntry,
} from "./http.ts";
import { type LinkLimits, openLinks } from "./link.ts";
import { openListeners } from "./listeners.ts";
import { openRim } from "./rim.ts";
import { openState } from "./state.ts";

export type { RequestLogEntry } from "./http.ts";
export type { LinkLimits } from "./link.ts";

export interface LocalEcrOptions {
  /** Where the data is kept; absent: a temporary directory that goes with the server. */
  readonly dir?: string;
  /** The API's port; 0, the default, for any. */
  readonly port?: number;
  /** The account of callers whose access key names none; `123456789012` by default. */
  readonly account?: string;
  /** The region put in `env`, `us-east-1` by default; the region of a call is the one it is signed for. */
  readonly region?: string;
  /** Hosts that the caller already goes to without a proxy, as in its `NO_PROXY`; `env` adds this machine. */
  readonly noProxy?: string | undefined;
  readonly now?: () => Date;
  /** How slow the way to every registry is; each has a way of its own. */
  readonly link?: LinkLimits;
  /** The same for single registries, by `ACCOUNT/REGION`: it outranks `link`. */
  readonly links?: Readonly<Record<string, LinkLimits>>;
  /** IAM actions that nobody may use, `ACTION` or `ACTION:REPOSITORY`: a rehearsal of missing permissions. */
  readonly deny?: readonly string[];
  /** Called after every request, with nothing secret. */
  readonly onRequest?: (entry: RequestLogEntry) => void;
}

export interface LocalEcr extends AsyncDisposable {
  /** The address of the ECR and STS APIs. */
  readonly endpoint: string;
  /** What a process needs in its environment to find this ECR instead of AWS. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that such a process must not have, because they outrank `env`. */
  readonly unset: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts an ECR on 127.0.0.1 and resolves when it serves. Every registry (an account in a region) has a port of its own,
 * opened when it is first asked for. Throws LOCAL_ECR_FAILED when the port is taken or the directory is in use, and
 * USAGE when account or region cannot be one.
 */
export async function startLocalEcr(options: LocalEcrOptions = {}): Promise<LocalEcr> {
  const { dir, account = "123456789012", region = "us-east-1", port = 0 } = options;
  const { now = () => new Date(), onRequest = () => {} } = options;
  verifyPlace(account, region);
  const denials = (options.deny ?? []).map(parseDenial);
  const id = randomUUID();
  // The directory's lock names the API's port, so the port comes first and its answers wait for the data.
  const api = await openApi(id, port, onRequest);
  const closers: Closer[] = [api.close];
  const close = () => closeAll(closers);
  try {
    const directory = await openDirectory(dir, { pid: process.pid, port: api.port, id });
    closers.push(directory.release);
    const state = openState(directory.path, () => now().getTime(), denials);
    const rim = openRim({ links: openLinks(options) });
    const listeners = await openListeners(state, rim, onRequest);
    closers.push(listeners.close);
    const plane = { state, account, registryOf: listeners.registryOf };
    const registryOf = (request: HttpRequest) => registryOfCall(plane, request);
    api.serve(rim(controlPlane(plane), { plane: "api", registryOf }));
  } catch (error) {
    await close();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${api.port}`;
  const env = environmentFor(endpoint, { account, region, noProxy: options.noProxy });
  return { endpoint, env, unset: unwantedVariables, close, [Symbol.asyncDispose]: close };
}

type Closer = () => void | Promise<void>;

/** The last opened first: nobody writes to a directory that is given back. */
async function closeAll(closers: Closer[]): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

function verifyPlace(account: string, region: string): void {
  if (!/^\d{12}$/.test(account)) {
    throw new SlipwayError("USAGE", `'${account}' is not an AWS account id, which has 12 digits`);
  }
  if (!/^[a-z]+(?:-[a-z0-9]+)+$/.test(region)) {
    throw new SlipwayError("USAGE", `'${region}' is not an AWS region, such as us-east-1`);
  }
}

interface Api extends Listener {
  readonly serve: (handler: Handler) => void;
}

async function openApi(
  id: string,
  port: number,
  onRequest: (entry: RequestLogEntry) => void,
): Promise<Api> {
  const ready = Promise.withResolvers<Handler>();
  const handler: Handler = async (request) =>
    request.path === `/owner/${id}` ? { status: 204 } : await (await ready.promise)(request);
  try {
    const listener = await listen(handler, onRequest, { port, orAny: false });
    return { ...listener, serve: ready.resolve };
  } catch (cause) {
    throw new SlipwayError("LOCAL_ECR_FAILED", `the local ECR cannot listen on port ${port}`, {
      suggestions: ["choose another port, or let the system choose one"],
      cause,
    });
  }
}
