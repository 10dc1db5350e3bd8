/// <reference lib="esnext.disposable" preserve="true" />
import type { FaultSet } from "./faults/rule.ts";
import type { FindingsRule } from "./findings-file.ts";
import type { Effect, FaultHit, RequestLogEntry, Upload } from "./reports.ts";
import type { Roles } from "./roles.ts";
import type { Seed } from "./seed-file.ts";

/** How slow the way to a registry is. What is absent is as quick as this machine. */
export interface LinkLimits {
  /** In each direction, shared by all connections to the registry. */
  readonly bytesPerSecond?: number;
  /** From a request's arrival to its being looked at: one round trip. */
  readonly latencyMs?: number;
}

export interface LocalEcrOptions {
  /** Where the data is kept; absent: a temporary directory that goes with the server. */
  readonly dir?: string | undefined;
  /** The API's port; 0, the default, for any. */
  readonly port?: number | undefined;
  /** The account of callers whose access key names none; `123456789012` by default. */
  readonly account?: string | undefined;
  /** The region put in `env`, `us-east-1` by default; the region of a call is the one it is signed for. */
  readonly region?: string | undefined;
  /** Hosts that the caller already goes to without a proxy, as in its `NO_PROXY`; `env` adds this machine. */
  readonly noProxy?: string | undefined;
  readonly now?: () => Date;
  /** How slow the way to every registry is; each has a way of its own. */
  readonly link?: LinkLimits;
  /** The same for single registries, by `ACCOUNT/REGION`: it outranks `link`. */
  readonly links?: Readonly<Record<string, LinkLimits>>;
  /** IAM actions that nobody may use, `ACTION` or `ACTION:REPOSITORY`: a rehearsal of missing permissions. */
  readonly deny?: readonly string[];
  /** The roles that may be assumed; every role where none is named. */
  readonly roles?: Roles | undefined;
  /** TLS at every address, by an authority of its own: see `caFile`. */
  readonly tls?: boolean | undefined;
  /** The distribution specification's way where ECR has another; repositories are made by pushing, and no token is asked for. */
  readonly spec?: boolean | undefined;
  /** What it holds from the start; repositories that are there already stay as they are. */
  readonly seed?: Seed | undefined;
  /** Ends the planting of the seed, which takes as long as its bytes do. */
  readonly signal?: AbortSignal | undefined;
  /** What image scans find; nothing by default. */
  readonly findings?: readonly FindingsRule[] | undefined;
  /** How long replication takes, by the server's clock: milliseconds, 1000 by default. */
  readonly replicationLagMs?: number | undefined;
  /** How long a lifecycle policy preview is in progress: real milliseconds, 250 by default. */
  readonly previewMs?: number | undefined;
  /** What goes wrong, and when. */
  readonly faults?: FaultSet | undefined;
  /** Called when a fault begins. */
  readonly onFault?: (hit: FaultHit) => void;
  /**
   * Called for every change that is visible outside, in order, in the moment it is done and before the request that did it
   * is answered: `halt()` called in here makes this effect the last one.
   */
  readonly onEffect?: (effect: Effect) => void;
  /** Called for every upload of a blob that ended well, also of one that was there. */
  readonly onUpload?: (upload: Upload) => void;
  /** Called after every request, with nothing secret. */
  readonly onRequest?: ((entry: RequestLogEntry) => void) | undefined;
}

export interface LocalEcr extends AsyncDisposable {
  /** The address of the ECR and STS APIs. */
  readonly endpoint: string;
  /** The address of the caller's own registry, where images of `account` in `region` are pushed to. */
  readonly registry: string;
  /** The certificate that clients must trust, in PEM; with `tls` alone. It stays the same as long as `dir` does. */
  readonly caFile?: string;
  /** What a process needs in its environment to find this ECR instead of AWS. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that such a process must not have, because they outrank `env`. */
  readonly unset: readonly string[];
  /** The time here. */
  now(): Date;
  /** Moves the clock ahead: tokens expire, and lifecycle policies run at the times that were due. Throws USAGE. */
  advance(milliseconds: number): void;
  /** Other faults from now on, counted anew; `undefined` for none. */
  setFaults(faults: FaultSet | undefined): void;
  /** From now on nothing takes effect and nobody is answered: every connection is cut, and every new one. */
  halt(): void;
  /** Serves again, with all that took effect before. */
  resume(): void;
  close(): Promise<void>;
}
