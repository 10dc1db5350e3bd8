import { SlipwayError } from "../errors.ts";
import { foreignText } from "../wording.ts";
import { readBeginning } from "./body.ts";
import type { HttpAnswer } from "./http.ts";
import { TooFast } from "./retry.ts";

/** An upload that went wrong on its way; a fresh one may go well. */
const lostUpload = new Set(["BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN"]);
const transientStatus = new Set([408, 416, 500, 502, 503, 504]);

export interface Refused {
  readonly error: SlipwayError;
  /** The credentials may be at fault: ECR answers 401 without them, and 403 in plain text to expired ones. */
  readonly isStale: boolean;
}

/** A refused request as an error, told apart by status and by the codes of the error envelope; `advice` is for who was not allowed. */
export async function refusal(
  answer: HttpAnswer,
  method: string,
  url: URL | undefined,
  advice?: string,
): Promise<Refused> {
  const text = (await readBeginning(answer.body, 64 * 1024)).toString("utf8");
  const { code, message } = firstError(text);
  const said = foreignText([code, message ?? text].filter(Boolean).join(": "));
  const where = url ? ` ${method} ${url.host}${url.pathname}` : "";
  const sentence = `the registry answered ${answer.status}${where}: ${said || "without a word"}`;
  const isStale = answer.status === 401 || (answer.status === 403 && code === undefined);
  const advices = advice === undefined ? advicesFor(method, code) : [advice];
  return { error: errorOf(answer.status, code, sentence, advices), isStale };
}

function advicesFor(method: string, code: string | undefined): readonly string[] {
  const isRead = method === "GET" || method === "HEAD";
  const what = isRead ? "pull from" : "push to";
  const allowed = `check that the principal may ${what} this repository (docs/permissions.md)`;
  return !isRead && code === "DENIED" ? [allowed, whereFull] : [allowed];
}

/** ECR answers so to a push beyond a quota too (aws/containers-roadmap#2159): what it says names the maximum. */
const whereFull =
  "where it names a maximum, make room: expire images (docs/lifecycle.md), or take tags off this one";

function errorOf(
  status: number,
  code: string | undefined,
  sentence: string,
  suggestions: readonly string[],
): SlipwayError {
  if (status === 429) {
    return new SlipwayError("REGISTRY_UNAVAILABLE", sentence, { cause: new TooFast(sentence) });
  }
  if (transientStatus.has(status) || lostUpload.has(code ?? "")) {
    return new SlipwayError("REGISTRY_UNAVAILABLE", sentence);
  }
  if (status === 404) return new SlipwayError("NOT_FOUND", sentence);
  if (status === 401 || status === 403) {
    return new SlipwayError("ACCESS_DENIED", sentence, { suggestions });
  }
  return new SlipwayError("REGISTRY_FAILED", sentence);
}

/** The OCI error envelope; ECR answers plain text to a missing or expired token (ecr-registry-auth). */
function firstError(text: string): { code?: string; message?: string } {
  try {
    const { code, message } = JSON.parse(text).errors[0];
    return {
      ...(typeof code === "string" && { code }),
      ...(typeof message === "string" && { message }),
    };
  } catch {
    return {};
  }
}

/** Waits for a write to be taken. Throws NOT_FOUND too, which a question has other words for. */
export async function done(answering: Promise<HttpAnswer>): Promise<void> {
  const answer = await answering;
  if (answer.status === 404) throw (await refusal(answer, "PUT", undefined)).error;
  answer.body.resume();
}

/** NOT_FOUND about a repository, manifest or blob. */
export function missing(what: string): SlipwayError {
  return new SlipwayError("NOT_FOUND", `${what} does not exist in the registry`);
}
