import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { HttpAnswer, StreamBody } from "./http.ts";

/** Resolves when all of the answer has gone out. Rejects with ECONNRESET when the client left before, or with what kept the body from being read. */
export async function writeAnswer(
  outgoing: ServerResponse,
  { status, headers = {}, body }: HttpAnswer,
  method: string,
): Promise<void> {
  const length = body === undefined ? 0 : lengthOf(body);
  const sized = { ...headers, ...(bodyless(status) ? {} : { "content-length": String(length) }) };
  // Named headers win: HEAD says the length of what GET would send.
  outgoing.writeHead(status, { ...sized, ...headers });
  if (method === "HEAD" || body === undefined) outgoing.end();
  else if (typeof body === "string" || body instanceof Uint8Array) outgoing.end(body);
  else await send(outgoing, body.open());
  if (!outgoing.closed) await once(outgoing, "close");
}

/** Asks for the next piece when the one before has left, for it may come in the same buffer. */
async function send(outgoing: ServerResponse, pieces: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of pieces) await sendPiece(outgoing, piece);
  outgoing.end();
}

function sendPiece(outgoing: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A response whose connection went tells no write of it.
    const gone = () => reject(new ClientGone());
    outgoing.once("close", gone);
    outgoing.write(piece, (error) => {
      outgoing.off("close", gone);
      if (error) reject(error);
      else resolve();
    });
  });
}

class ClientGone extends Error {
  readonly code = "ECONNRESET";
  override readonly message = "the client left before the end";
}

function lengthOf(body: string | Uint8Array | StreamBody): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

function bodyless(status: number): boolean {
  return status === 204 || status === 304;
}
