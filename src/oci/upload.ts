import { SlipwayError } from "../errors.ts";
import { type Ask, located, type RegistryOptions, repositoryUrl } from "./asker.ts";
import type { Sink } from "./content.ts";
import type { HttpAnswer } from "./http.ts";
import { despiteLag } from "./lag.ts";
import type { Digest } from "./reference.ts";
import { done, missing } from "./refusal.ts";

const uploads = "blobs/uploads/";

/** How blobs get into a repository: mounted from a neighbour that has them, or sent. */
export function uploader(ask: Ask, options: RegistryOptions): Pick<Sink, "mountBlob" | "putBlob"> {
  const { mountFrom = [] } = options;
  const base = new URL(uploads, repositoryUrl(options));
  /** A refused mount is the beginning of an upload (distribution specification, "Mounting a blob"). */
  const begun = new Map<Digest, string>();

  async function begin(path: string): Promise<{ mounted: boolean; location: string | undefined }> {
    const answer = await despiteLag(
      () => post(path),
      isUnknown,
      options.signal,
      (ms) => options.onWait?.("the registry does not show the repository yet", ms),
    );
    if (isUnknown(answer)) throw missing("the repository");
    return { mounted: answer.status === 201, location: answer.headers.location };
  }

  async function post(path: string): Promise<HttpAnswer> {
    const answer = await ask({ method: "POST", path });
    answer.body.resume();
    return answer;
  }

  /** Whatever stands in the way of a mount, the upload that follows meets it too or does not mind. */
  async function mount(digest: Digest, from: string): Promise<boolean> {
    const path = `${uploads}?mount=${digest}&from=${from}`;
    const { mounted, location } = await begin(path).catch(refused);
    if (!mounted && location !== undefined) begun.set(digest, location);
    return mounted;
  }

  return {
    ...(mountFrom.length > 0 && {
      async mountBlob({ digest }) {
        for (const from of mountFrom) if (await mount(digest, from)) return true;
        return false;
      },
    }),
    async putBlob({ digest, size }, body) {
      const location = begun.get(digest) ?? (await begin(uploads)).location;
      begun.delete(digest);
      if (location === undefined) throw missing("the repository");
      const headers = { "Content-Type": "application/octet-stream", "Content-Length": size };
      const { href, search } = located(location, base);
      const path = `${href}${search ? "&" : "?"}digest=${digest}`;
      await done(ask({ method: "PUT", path, headers, body }));
    },
  };
}

/** Of an upload that begins only the repository can be missing; one just made may not be shown everywhere yet. */
function isUnknown({ status }: HttpAnswer): boolean {
  return status === 404;
}

/** `false` and no upload, whatever the registry said. */
function refused(error: unknown): { mounted: boolean; location: undefined } {
  if (error instanceof SlipwayError) return { mounted: false, location: undefined };
  throw error;
}
