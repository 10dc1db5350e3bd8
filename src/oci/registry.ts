import { SlipwayError } from "../errors.ts";
import {
  type Ask,
  asker,
  located,
  type RegistryOptions,
  repositoryUrl,
  sendWatched,
} from "./asker.ts";
import { answerChunks, readWhole } from "./chunks.ts";
import type { Sink, Source, StoredManifest } from "./content.ts";
import type { HttpAnswer } from "./http.ts";
import { type Descriptor, hasDigest, manifestMediaTypes, maxManifestBytes } from "./manifest.ts";
import { done, missing, refusal } from "./refusal.ts";
import { retrying } from "./retry.ts";
import { uploader } from "./upload.ts";

/** One repository of a registry, over the registry's HTTP API (OCI distribution specification 1.1). */
export interface Registry extends Source, Sink {
  readonly origin: string;
  readonly repository: string;
}

/** Asks nothing yet. What its calls throw, `Source` and `Sink` in content.ts say. */
export function openRegistry(options: RegistryOptions): Registry {
  const ask = asker(options);
  return {
    origin: options.origin,
    repository: options.repository,
    ...source(ask, options),
    ...sink(ask, options),
  };
}

function source(ask: Ask, options: RegistryOptions): Source {
  const { origin, signal, onWait } = options;
  return {
    manifest: ({ digest }) =>
      retrying(
        async () => {
          const headers = { Accept: manifestMediaTypes.join(", ") };
          const answer = await ask({ method: "GET", path: `manifests/${digest}`, headers });
          const bytes = await readWhole(answer.body, maxManifestBytes);
          if (answer.status === 404) throw missing(digest);
          if (!hasDigest(bytes, digest)) {
            throw new SlipwayError(
              "CONTENT_CORRUPT",
              `the registry sent other bytes for ${digest}`,
            );
          }
          return { bytes, digest, mediaType: answer.headers["content-type"] ?? "" };
        },
        signal,
        onWait,
      ),
    blob: ({ digest }) =>
      retrying(
        async () => {
          const answer = await ask({ method: "GET", path: `blobs/${digest}` });
          if (answer.status === 200) return answerChunks(answer);
          const { location } = answer.headers;
          if (answer.status !== 404 && location === undefined) {
            const url = new URL(`blobs/${digest}`, repositoryUrl(options));
            throw (await refusal(answer, "GET", url)).error;
          }
          answer.body.resume();
          if (location === undefined) throw missing(digest);
          return followToStorage(located(location, new URL(origin)), options);
        },
        signal,
        onWait,
      ),
  };
}

/** ECR keeps blobs elsewhere and signs the address; the registry's credentials must not go there. */
async function followToStorage(url: URL, options: RegistryOptions) {
  const answer = await sendWatched({ method: "GET", url }, options);
  if (answer.status === 200) return answerChunks(answer);
  const toReach = `let this network read from ${url.host}: an S3 endpoint's policy or a proxy may stand in the way`;
  throw (await refusal(answer, "GET", new URL(url.origin + url.pathname), toReach)).error;
}

function sink(ask: Ask, options: RegistryOptions): Sink {
  const { signal, onWait } = options;
  /** The headers of what is there; `undefined` where nothing is. */
  const head = (path: string, headers = {}) =>
    retrying(
      async () => {
        const answer = await ask({ method: "HEAD", path, headers });
        answer.body.resume();
        return answer.status === 200 ? answer.headers : undefined;
      },
      signal,
      onWait,
    );
  const hasBlob: Sink["hasBlob"] = async (blob) => {
    const found = await head(`blobs/${blob.digest}`);
    if (found) checkLength(blob, found);
    return found !== undefined;
  };
  return {
    async hasManifest(digest) {
      const headers = { Accept: manifestMediaTypes.join(", ") };
      return (await head(`manifests/${digest}`, headers)) !== undefined;
    },
    hasBlob,
    ...uploader(ask, options, hasBlob),
    putManifest: ({ bytes, mediaType, digest }: StoredManifest) =>
      retrying(
        async () => {
          await options.beforeManifest?.(signal);
          const headers = { "Content-Type": mediaType, "Content-Length": bytes.length };
          await done(ask({ method: "PUT", path: `manifests/${digest}`, headers, body: bytes }));
        },
        signal,
        onWait,
      ),
  };
}

/** What is there is not sent, and nobody sees that a manifest lies about its size: whoever pulls it by that size would. */
function checkLength({ digest, size }: Descriptor, headers: HttpAnswer["headers"]): void {
  // Some answer HEAD as if nothing were there: 0 says nothing.
  const length = Number(headers["content-length"] ?? 0);
  if (length === 0 || length === size) return;
  const message = `blob ${digest} has ${length} bytes in the registry, and a manifest says ${size}`;
  throw new SlipwayError("CONTENT_CORRUPT", message, {
    suggestions: ["nobody can pull it so: build the image anew, under another version"],
  });
}
