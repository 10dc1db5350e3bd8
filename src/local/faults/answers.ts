import { Readable } from "node:stream";
import type { HttpAnswer } from "../http.ts";
import type { Plane } from "../plane.ts";
import type { Fault } from "./rule.ts";

type ErrorFault = Extract<Fault, { fault: "error" }>;

/** An error as the plane words it. The storage speaks S3's XML. */
export function planeError(
  plane: Plane,
  { code, message = "A fault that was asked for", status }: Omit<ErrorFault, "fault">,
): HttpAnswer {
  switch (plane) {
    case "api":
      return {
        status: status ?? (code === "ServerException" ? 500 : 400),
        headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code },
        body: JSON.stringify({ __type: code, message }),
      };
    case "registry":
      return {
        status: status ?? (code === "TOOMANYREQUESTS" ? 429 : 400),
        headers: { "content-type": "application/json; charset=utf-8" },
        body: `${JSON.stringify({ errors: [{ code, message }] })}\n`,
      };
    case "storage":
      return {
        status: status ?? 400,
        headers: { "content-type": "application/xml" },
        body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>\n`,
      };
  }
}

/** ECR's quotas speak so: ThrottlingException in the API, TOOMANYREQUESTS in the registry API; S3 says SlowDown. */
export function throttleAnswer(plane: Plane): HttpAnswer {
  const message = "Rate exceeded";
  if (plane === "storage") return planeError(plane, { code: "SlowDown", status: 503 });
  const code = plane === "api" ? "ThrottlingException" : "TOOMANYREQUESTS";
  return planeError(plane, { code, message });
}

export function expiredAnswer(plane: Plane): HttpAnswer {
  if (plane === "registry") {
    const body = "Your authorization token has expired. Reauthenticate and try again.";
    return { status: 403, headers: { "content-type": "text/plain" }, body };
  }
  const message = "The security token included in the request is expired";
  const [code, status] = plane === "api" ? ["ExpiredTokenException", 400] : ["AccessDenied", 403];
  return planeError(plane, { code, status, message });
}

/** STS words its errors in XML. */
export function stsError(code: string, message: string, status: number): HttpAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}</ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}

/** The answer with its digests wrong: each first hexadecimal digit is another. */
export function misdigested(answer: HttpAnswer): HttpAnswer {
  const turn = (text: string) =>
    text.replace(/(sha(?:256|512):)([0-9a-f])/g, (_, algorithm: string, digit: string) => {
      return `${algorithm}${((Number.parseInt(digit, 16) + 1) % 16).toString(16)}`;
    });
  const headers = Object.entries(answer.headers ?? {}).map(([name, value]): [string, string] => [
    name,
    name === "docker-content-digest" ? turn(value) : value,
  ]);
  const isJson = answer.headers?.["content-type"] === "application/x-amz-json-1.1";
  const { body } = answer;
  return {
    ...answer,
    headers: Object.fromEntries(headers),
    ...(isJson && typeof body === "string" && { body: turn(body) }),
  };
}

/** A change of an answer's bytes as they go out. */
export type ChangeBytes = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

export function lengthOf({ body }: HttpAnswer): number {
  if (body === undefined) return 0;
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

/** The answer with its body changed as it goes; its length stays announced as it was unless one is given. */
export function withBody(
  answer: HttpAnswer,
  change: ChangeBytes,
  announced: number = lengthOf(answer),
): HttpAnswer {
  const { body } = answer;
  if (body === undefined) return answer;
  return { ...answer, body: { length: announced, open: () => change(sourceOf(body)) } };
}

function sourceOf(body: NonNullable<HttpAnswer["body"]>): AsyncIterable<Buffer> {
  if (typeof body === "object" && "open" in body) return body.open();
  return Readable.from([Buffer.from(body)], { objectMode: false });
}

/** The first `end` bytes, and no more. */
export async function* headOf(chunks: AsyncIterable<Buffer>, end: number): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    if (end > at) yield chunk.subarray(0, end - at);
    at += chunk.length;
    if (at >= end) return;
  }
}

/** The same bytes but for one bit of the byte at `place`. */
export async function* corrupted(
  chunks: AsyncIterable<Buffer>,
  place: number,
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    const here = place - at;
    if (here >= 0 && here < copy.length) copy[here] = (copy[here] ?? 0) ^ 1;
    at += copy.length;
    yield copy;
  }
}
