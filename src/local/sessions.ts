import { createHash, type Hash } from "node:crypto";
import type { Algorithm } from "./content.ts";

/** An upload under way. It ends with the server: a client starts anew, as it would at ECR after a day. */
export interface Session {
  readonly id: string;
  readonly repository: string;
  readonly algorithm: Algorithm;
  readonly hash: Hash;
  bytes: number;
  /** The connection broke during a part, so the client does not know how much we have. */
  broken: boolean;
  busy: boolean;
  /** Bytes of the last part that the API took. */
  lastPart?: number;
}

export type Sessions = Map<string, Session>;

export function createSession(id: string, repository: string, algorithm: Algorithm): Session {
  const hash = createHash(algorithm);
  return { id, repository, algorithm, hash, bytes: 0, broken: false, busy: false };
}
