import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { LocalEcr } from "../../../src/local/server.ts";
import { ecrClient, login, ociIndex, ociManifest, openRepository } from "../registry.ts";

/** One demand of the distribution specification 1.1, as the official suite asks it. Throws when it is not met. */
export interface Case {
  /** Heading of https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md */
  readonly section: string;
  readonly title: string;
  /** The row of the local ECR's README that says why ECR's way does not meet it. */
  readonly differs?: string;
  readonly run: (registry: Registry) => Promise<void>;
}

export interface Registry {
  /** A repository that nobody else uses; ECR's way makes it by the API. */
  fresh(): Promise<Repository>;
  /** One that nobody made. */
  unmade(): Repository;
}

interface Asked {
  /** Without a token. */
  readonly anonymous?: boolean;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** A repository as a client without any cleverness speaks to it; redirects are followed. */
export interface Repository {
  readonly name: string;
  ask(method: string, path: string, asked?: Asked): Promise<Response>;
  /** POST, then PUT. */
  push(content: string | Uint8Array, algorithm?: Algorithm): Promise<Descriptor>;
  /** POST: where the upload goes on. */
  open(): Promise<string>;
  put(
    bytes: string,
    options?: { type?: string | undefined; reference?: string },
  ): Promise<Response>;
}

export type Algorithm = "sha256" | "sha512";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

export async function openRegistry(ecr: LocalEcr, { spec }: { spec: boolean }): Promise<Registry> {
  const client = ecrClient(ecr);
  const { proxy, authorization } = await login(client);
  let count = 0;
  const unmade = () => {
    count += 1;
    return repository(proxy, authorization, `conformance/r${count}`);
  };
  return {
    unmade,
    async fresh() {
      const made = unmade();
      if (!spec) await openRepository(client, made.name);
      return made;
    },
  };
}

function repository(proxy: string, authorization: string, name: string): Repository {
  const base = `${proxy}/v2/${name}`;
  const ask = (method: string, path: string, { anonymous, headers = {}, body }: Asked = {}) =>
    fetch(new URL(path.startsWith("/v2/") ? path : `/v2/${name}${path}`, base), {
      method,
      headers: { ...(!anonymous && { authorization }), ...headers },
      ...(body !== undefined && { body: Buffer.from(body) }),
    });
  const open = async () => {
    const answer = await ask("POST", "/blobs/uploads/");
    expect(answer.status).toBe(202);
    return pathOf(answer);
  };
  return {
    name,
    ask,
    open,
    async push(content, algorithm = "sha256") {
      const digest = digestOf(content, algorithm);
      const answer = await ask("PUT", `${await open()}?digest=${digest}`, { body: content });
      expect(answer.status).toBe(201);
      return describe(content, "application/octet-stream", algorithm);
    },
    put: (bytes, { type = mediaTypeOf(bytes), reference = digestOf(bytes) } = {}) =>
      ask("PUT", `/manifests/${reference}`, { headers: { "content-type": type }, body: bytes }),
  };
}

/** The Location header, which may be a whole address or a path. */
export function pathOf(answer: Response): string {
  const location = answer.headers.get("location");
  expect(location, "a Location header").toBeTruthy();
  const { pathname, search } = new URL(location ?? "", answer.url);
  return pathname + search;
}

export function digestOf(content: string | Uint8Array, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`;
}

export function describe(
  content: string | Uint8Array,
  mediaType: string,
  algorithm: Algorithm = "sha256",
): Descriptor {
  return { mediaType, digest: digestOf(content, algorithm), size: Buffer.byteLength(content) };
}

function mediaTypeOf(bytes: string): string {
  return bytes.includes('"manifests"') ? ociIndex : ociManifest;
}

/** Bytes that are like no others. */
export function unique(length: number): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)));
}

const errorCodes = [
  "BLOB_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "BLOB_UPLOAD_UNKNOWN",
  "DIGEST_INVALID",
  "MANIFEST_BLOB_UNKNOWN",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "NAME_INVALID",
  "NAME_UNKNOWN",
  "SIZE_INVALID",
  "UNAUTHORIZED",
  "DENIED",
  "UNSUPPORTED",
  "TOOMANYREQUESTS",
];

/** Status and code of a refusal, in the specification's envelope. */
export async function expectRefusal(
  answer: Response,
  status: number,
  code?: string,
): Promise<void> {
  expect(answer.status).toBe(status);
  const { errors } = (await answer.json()) as { errors: { code: string; message: string }[] };
  expect(errorCodes).toContain(errors[0]?.code);
  if (code !== undefined) expect(errors[0]?.code).toBe(code);
}
