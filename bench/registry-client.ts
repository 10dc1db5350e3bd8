import { Agent, type IncomingMessage, request } from "node:http";

/** A registry and who asks it, one client with its own connections. */
export interface RegistryPlace {
  readonly origin: string;
  readonly authorization?: string;
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** What a socket is given at once. */
const piece = 1 << 20;

/** Pushes a blob as docker does: a session, all of it in one stream, and the end. */
export async function pushBlob(
  place: RegistryPlace,
  repository: string,
  blob: Blob,
): Promise<void> {
  using agent = connections();
  const begin = await ask(agent, place, "POST", `/v2/${repository}/blobs/uploads/`);
  const part = await ask(agent, place, "PATCH", begin.location, { body: blob.bytes });
  const mark = part.location.includes("?") ? "&" : "?";
  await ask(agent, place, "PUT", `${part.location}${mark}digest=${blob.digest}`);
}

/** Reads a blob and forgets it, following to where it is stored without the authorization. Answers with its bytes. */
export async function pullBlob(
  place: RegistryPlace,
  repository: string,
  blob: Blob,
): Promise<number> {
  using agent = connections();
  const first = await ask(agent, place, "GET", `/v2/${repository}/blobs/${blob.digest}`);
  if (first.status !== 307) return first.bytes;
  const { origin } = new URL(first.location);
  return (await ask(agent, { origin }, "GET", first.location)).bytes;
}

function connections(): Agent & Disposable {
  const agent = new Agent({ keepAlive: true });
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

interface Answered {
  readonly status: number;
  readonly location: string;
  readonly bytes: number;
}

/** One request; throws for a status that is no success. */
export async function ask(
  agent: Agent,
  { origin, authorization }: RegistryPlace,
  method: string,
  path: string,
  { headers = {}, body = Buffer.alloc(0) }: Asked = {},
): Promise<Answered> {
  const auth = authorization === undefined ? {} : { authorization };
  const all = { ...auth, "content-length": String(body.length), ...headers };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(new URL(path, origin), { agent, method, headers: all }, resolve);
    asked.on("error", reject);
    for (let at = 0; at < body.length; at += piece) asked.write(body.subarray(at, at + piece));
    asked.end();
  });
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  const { statusCode: status = 0, headers: told } = answer;
  if (status >= 400 || status < 200) throw new Error(`${method} ${path}: ${status}`);
  return { status, location: told.location ?? "", bytes };
}
