import type { HttpAnswer } from "../http.ts";
import { Refusal, type RefusalType } from "../refusal.ts";

/** Codes of the OCI distribution specification, and the status that ECR answers with. */
export interface RegistryError {
  readonly status: number;
  readonly code: string;
}

const byType: Partial<Record<RefusalType, RegistryError>> = {
  AccessDeniedException: { status: 403, code: "DENIED" },
  ImageDigestDoesNotMatchException: { status: 400, code: "MANIFEST_INVALID" },
  ImageNotFoundException: { status: 404, code: "MANIFEST_UNKNOWN" },
  ImageReferencedByManifestListException: { status: 405, code: "UNSUPPORTED" },
  ImageTagAlreadyExistsException: { status: 400, code: "TAG_INVALID" },
  InvalidParameterException: { status: 405, code: "UNSUPPORTED" },
  LimitExceededException: { status: 403, code: "DENIED" },
  LayersNotFoundException: { status: 404, code: "MANIFEST_BLOB_UNKNOWN" },
  ReferencedImagesNotFoundException: { status: 404, code: "MANIFEST_BLOB_UNKNOWN" },
  RepositoryNotFoundException: { status: 404, code: "NAME_UNKNOWN" },
};

export function errorAnswer(status: number, code: string, message: string): HttpAnswer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: `${JSON.stringify({ errors: [{ code, message }] })}\n`,
  };
}

/** Where the specification's code is another one than ECR's. */
const bySpec: typeof byType = {
  ...byType,
  ImageDigestDoesNotMatchException: { status: 400, code: "DIGEST_INVALID" },
  InvalidParameterException: { status: 400, code: "MANIFEST_INVALID" },
};

/** A refusal in the registry API's words; anything else is our own failure. */
export function refusalAnswer(error: unknown, spec: boolean): HttpAnswer {
  if (!(error instanceof Refusal)) {
    return { ...errorAnswer(500, "UNKNOWN", "An internal error of the local ECR"), cause: error };
  }
  const { status, code } = (spec ? bySpec : byType)[error.type] ?? {
    status: 400,
    code: "UNSUPPORTED",
  };
  // The sentence for a missing image is another one here than in the API.
  const message = code === "MANIFEST_UNKNOWN" ? "Requested image not found" : error.message;
  return errorAnswer(status, code, message);
}
