import type { FaultRule } from "./faults/rule.ts";

/** What a change is, as someone outside sees it. */
export type EffectKind =
  | "blob"
  | "image-archived"
  | "image-deleted"
  | "image-restored"
  | "lifecycle-policy"
  | "manifest"
  | "repository"
  | "repository-deleted"
  | "repository-policy"
  | "settings"
  | "tag"
  | "tag-deleted";

/** One change that is visible outside, whole: what one request does at once is one effect. */
export interface Effect {
  /** Counted from 1 since the start. */
  readonly number: number;
  /** `ACCOUNT/REGION`. */
  readonly registry: string;
  readonly repository: string;
  readonly kinds: readonly EffectKind[];
  readonly digest?: string;
  readonly tag?: string;
}

/** A blob that came in whole, by an upload that was ended well. */
export interface Upload {
  /** `ACCOUNT/REGION`. */
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  /** The repository had it: it was sent in vain. */
  readonly wasThere: boolean;
}

/** One request, as the log shows it: no headers, no query, no body. */
export interface RequestLogEntry {
  /** When it was answered, ISO 8601, by this machine's clock. */
  readonly at: string;
  /** The API operation, when it is one. */
  readonly operation?: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** As the client announced it; 0 for a chunked body. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** What went wrong in here, when something did: never the caller's fault. */
  readonly error?: unknown;
}

/** A fault that began, and the request that met it. */
export interface FaultHit {
  readonly rule: FaultRule;
  readonly method: string;
  readonly path: string;
  readonly operation?: string;
}
