import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import {
  CreateRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import type { LocalEcr } from "../../src/local/server.ts";

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
export const ociIndex = "application/vnd.oci.image.index.v1+json";
const ociConfig = "application/vnd.oci.image.config.v1+json";
const ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** One repository of the data plane, spoken to without any client of ours. */
export interface RepositoryClient {
  readonly base: string;
  readonly headers: { readonly authorization: string };
  fetch(path: string, init?: RequestInit): Promise<Response>;
  pushBlob(content: string | Uint8Array): Promise<Descriptor>;
  /** Config and layer are pushed, then the manifest under `reference`, by default its digest. */
  pushImage(content: string, reference?: string): Promise<Descriptor>;
  putManifest(body: string, options?: { type?: string; reference?: string }): Promise<Response>;
}

export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export function ecrClient(
  { endpoint }: Pick<LocalEcr, "endpoint">,
  { account = "123456789012", region = "us-east-1" } = {},
): ECRClient {
  const credentials = { accessKeyId: `AKIA${account}TEST`, secretAccessKey: "none" };
  return new ECRClient({ endpoint, region, credentials, maxAttempts: 1 });
}

export async function login(client: ECRClient): Promise<{ proxy: string; authorization: string }> {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const [data] = authorizationData ?? [];
  return { proxy: data?.proxyEndpoint ?? "", authorization: `Basic ${data?.authorizationToken}` };
}

export async function openRepository(client: ECRClient, name: string): Promise<RepositoryClient> {
  await client.send(new CreateRepositoryCommand({ repositoryName: name }));
  return await repositoryClient(client, name);
}

export async function repositoryClient(client: ECRClient, name: string): Promise<RepositoryClient> {
  const { proxy, authorization } = await login(client);
  const base = `${proxy}/v2/${name}`;
  const headers = { authorization };
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(path.startsWith("http") ? path : `${base}${path}`, {
      ...init,
      headers: { ...headers, ...init.headers },
    });
  const pushBlob = async (content: string | Uint8Array) => {
    const digest = sha256(content);
    const start = await ask("/blobs/uploads/", { method: "POST" });
    const where = `${start.headers.get("location")}?digest=${digest}`;
    const end = await ask(where, { method: "PUT", body: Buffer.from(content) });
    if (end.status !== 201) throw new Error(`${end.status} ${await end.text()}`);
    return { mediaType: ociLayer, digest, size: Buffer.byteLength(content) };
  };
  const putManifest = (body: string, { type = ociManifest, reference = sha256(body) } = {}) =>
    ask(`/manifests/${reference}`, { method: "PUT", headers: { "content-type": type }, body });
  const pushImage = async (content: string, reference?: string) => {
    const config = { ...(await pushBlob(`{"of":"${content}"}`)), mediaType: ociConfig };
    const body = manifestOf(config, [await pushBlob(content)]);
    const put = await putManifest(body, reference === undefined ? {} : { reference });
    if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`);
    return { mediaType: ociManifest, digest: sha256(body), size: body.length };
  };
  return { base, headers, fetch: ask, pushBlob, pushImage, putManifest };
}

export function manifestOf(
  config: Descriptor,
  layers: readonly Descriptor[],
  more: object = {},
): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, config, layers, ...more });
}

export function indexOf(manifests: readonly Descriptor[], more: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests, ...more });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose path goes over the wire as it is written: `fetch` would tidy it. */
export function rawRequest(
  host: string,
  { path, method = "GET", headers = {} }: { path: string; method?: string; headers?: object },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(host);
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      { hostname, port, path, method, headers: { ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const body = Buffer.concat(chunks).toString("utf8");
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
        });
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}

/** How a request to the data plane ends, as a client without any cleverness sees it. */
export function endOf(
  { base, headers }: Pick<RepositoryClient, "base" | "headers">,
  path: string,
  { method = "GET", body = "" } = {},
): Promise<string> {
  const { hostname, port, pathname, search } = new URL(
    path.startsWith("http") ? path : base + path,
  );
  const sized = { ...headers, "content-length": Buffer.byteLength(body) };
  return new Promise((resolve) => {
    let status: number | undefined;
    let bytes = 0;
    const fail = ({ code }: NodeJS.ErrnoException) =>
      resolve(status === undefined ? `${code}` : `${status}, ${code} after ${bytes} bytes`);
    const options = { hostname, port, path: pathname + search, method, headers: sized };
    const asked = httpRequest({ ...options, agent: false }, (answer) => {
      status = answer.statusCode;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on("end", () => resolve(`${status} with ${bytes} bytes`));
      answer.on("error", fail);
    });
    asked.on("error", fail);
    asked.end(body);
  });
}

/** The first error of the distribution specification's envelope, and the status. */
export async function errorOf(response: Response): Promise<object> {
  const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
  return { status: response.status, ...errors[0] };
}

/** An API call's error, as one line. */
export async function refusal(answer: Promise<unknown>): Promise<string> {
  return await answer.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}
