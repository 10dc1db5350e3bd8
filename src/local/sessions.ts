import { createHash, type Hash } from "node:crypto";
import type { Algorithm } from "./content.ts";

/** An upload under way. It ends with the server, with its repository, or when nobody went on with it for a day. */
export interface Session {
  readonly id: string;
  readonly repository: string;
  readonly algorithm: Algorithm;
  readonly hash: Hash;
  bytes: number;
  /** The connection broke during a part, so the client does not know how much we have. */
  broken: boolean;
  busy: boolean;
  /** When it was last asked for, by the server's clock. */
  usedAt: number;
  /** Bytes of the last part that was not empty. */
  lastPart?: number;
  /** A part that was not the last was smaller than ECR wants. */
  hasSmallPart?: boolean;
}

export type Sessions = Map<string, Session>;

/** An upload that has got nothing yet. */
export function createSession(
  { id, repository, usedAt }: Pick<Session, "id" | "repository" | "usedAt">,
  algorithm: Algorithm,
): Session {
  const hash = createHash(algorithm);
  return { id, repository, usedAt, algorithm, hash, bytes: 0, broken: false, busy: false };
}
