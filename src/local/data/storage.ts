import { type Digest, isDigest } from "../../oci/reference.ts";
import { contentSize, streamContent } from "../content.ts";
import type { Handler, HttpAnswer, HttpRequest } from "../http.ts";
import { type Registry, registryKey, type State } from "../state.ts";
import { mayReadStorage } from "../tokens.ts";

/**
 * The place that blobs are read from, as S3 is ECR's: an address that was signed for GET is the whole permission, and a
 * request with a second one, an Authorization header, is refused.
 */
export function storage(state: State): Handler {
  return async (request) => {
    const refused = refusalOf(state, request);
    if (refused) return refused;
    const { digest } = placeIn(request.path) as { digest: Digest };
    const size = await contentSize(state.content, digest);
    if (size === undefined) return refuse(404, "NoSuchKey");
    const answer = contentAnswer(state, { digest, size }, request.header("range"));
    return answer === "unsatisfiable" ? outside(refuse(416, "InvalidRange"), size) : answer;
  };
}

/** What a range outside of the content is answered with: how much there is. */
export function outside(refusal: HttpAnswer, size: number): HttpAnswer {
  return { ...refusal, headers: { ...refusal.headers, "content-range": `bytes */${size}` } };
}

/** Where a registry's blob is read: `/ACCOUNT/REGION/DIGEST`. */
export function storagePath(
  { account, region }: Pick<Registry, "account" | "region">,
  digest: Digest,
): string {
  return `/${registryKey(account, region)}/${digest}`;
}

/** What a path of the storage names, unchecked. */
export function placeIn(path: string): { readonly registry: string; readonly digest: string } {
  const [, account = "", region = "", digest = ""] = path.split("/");
  return { registry: registryKey(account, region), digest };
}

function refusalOf(state: State, { method, path, query, header }: HttpRequest) {
  // The method is part of what was signed (samvera/browse-everything#341).
  if (method !== "GET") return refuse(403, "SignatureDoesNotMatch");
  if (header("authorization") !== undefined) return refuse(400, "InvalidArgument");
  if (!isDigest(placeIn(path).digest)) return refuse(404, "NoSuchKey");
  const allowed = mayReadStorage(state.secret, path, { query, now: state.now() });
  return allowed ? undefined : refuse(403, "AccessDenied");
}

/** The bytes of what is there, or those that a Range header asks for. */
export function contentAnswer(
  state: State,
  { digest, size }: { readonly digest: Digest; readonly size: number },
  wanted: string | undefined,
): HttpAnswer | "unsatisfiable" {
  const range = parseRange(wanted, size, state.spec);
  if (range === "unsatisfiable") return range;
  const { start, end, partial } = range;
  return {
    status: partial ? 206 : 200,
    headers: {
      "content-type": "application/octet-stream",
      "accept-ranges": "bytes",
      etag: `"${digest}"`,
      ...(partial && { "content-range": `bytes ${start}-${end}/${size}` }),
    },
    body: {
      length: end - start + 1,
      open: () => streamContent(state.content, digest, { start, end }),
    },
  };
}

interface ByteRange {
  readonly start: number;
  /** The last byte's place. */
  readonly end: number;
  readonly partial: boolean;
}

/**
 * One range of RFC 9110, section 14.1.2. What is not one is ignored, as the RFC asks and S3 does: several, another unit,
 * or a last byte before the first. That one the distribution specification's suite wants refused.
 */
function parseRange(
  header: string | undefined,
  size: number,
  spec: boolean,
): ByteRange | "unsatisfiable" {
  const whole = { start: 0, end: size - 1, partial: false };
  const match = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i.exec(header ?? "");
  if (!match) return whole;
  const [, first, last, suffix] = match;
  const start = suffix === undefined ? Number(first) : Math.max(0, size - Number(suffix));
  if (last && Number(last) < start) return spec ? "unsatisfiable" : whole;
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  return start >= size ? "unsatisfiable" : { start, end, partial: true };
}

function refuse(status: number, code: string): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>\n`,
  };
}
