import type { Plane } from "../plane.ts";

/** What goes wrong. Times are milliseconds. */
export type Fault =
  /** An answer of a status alone, as a proxy in front of a registry gives it. */
  | { readonly fault: "status"; readonly status: number }
  /** An error in the form of the plane: an exception of the API, an error code of the registry API. */
  | {
      readonly fault: "error";
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
    }
  /**
   * The plane's own way to say that the rate is exceeded: to every request, or to what comes faster than `perSecond`
   * at a registry once a `burst` (by default a second's worth) is used up.
   */
  | { readonly fault: "throttle"; readonly perSecond?: number; readonly burst?: number }
  /**
   * The connection is reset: before the request's body is read, after `bytes` of it (half of it by default), after all
   * of it but before anything is done, or after `bytes` of the answer's body.
   */
  | {
      readonly fault: "reset";
      readonly when: "before" | "during" | "after" | "answer";
      readonly bytes?: number;
    }
  /** The request is done, its answer never comes: the connection is reset, after `milliseconds` of silence. */
  | { readonly fault: "lost"; readonly milliseconds?: number }
  /** Silence, then everything goes on: before the request is looked at, or amid the answer's body. */
  | {
      readonly fault: "stall";
      readonly milliseconds: number;
      readonly when?: "before" | "answer";
    }
  /** Both bodies of the request crawl. */
  | { readonly fault: "slow"; readonly bytesPerSecond: number }
  /** The answer's body ends after `bytes` (half of it by default), short of its announced length, or of a length that lies. */
  | { readonly fault: "truncate"; readonly bytes?: number; readonly announced?: "whole" | "cut" }
  /** One byte of the answer's body is another: the one at `byte`, by default in the middle. */
  | { readonly fault: "corrupt"; readonly byte?: number }
  /** The answer's digests are others, in headers and in the API's JSON. */
  | { readonly fault: "digest" }
  /** Credentials and tokens are no longer good after `calls` calls, each for itself. */
  | { readonly fault: "expired-token"; readonly calls: number }
  /** After a change of a registry its next `reads` matching reads see it as it was before. */
  | { readonly fault: "lag"; readonly reads: number };

/** Which requests a rule is about, and which of those it hits. All that is given must hold. */
export interface FaultSelection {
  /** An API operation; `STS` for a call of STS. `*` stands for any characters, here and in `path`. */
  readonly operation?: string;
  readonly method?: string;
  /** As it is on the wire, without query: `/v2/team/app/blobs/*`. */
  readonly path?: string;
  readonly plane?: Plane;
  /** `ACCOUNT/REGION`. */
  readonly registry?: string;
  /** Only these of the matching requests, counted from 1. */
  readonly nth?: number | readonly number[];
  /** Not the first so many matching requests. */
  readonly after?: number;
  /** At most so many requests in all. */
  readonly times?: number;
  /** Each matching request with this probability, drawn from the seed. */
  readonly probability?: number;
}

export type FaultRule = FaultSelection & Fault;

/** The rules in order: the first one that hits a request is the one that does. */
export interface FaultSet {
  readonly seed?: number;
  readonly rules: readonly FaultRule[];
}
