import { SlipwayError } from "../errors.ts";
import { type Ask, located, type RegistryOptions, repositoryUrl } from "./asker.ts";
import type { Sink } from "./content.ts";
import type { HttpAnswer } from "./http.ts";
import { askWhileLagging } from "./lag.ts";
import type { Descriptor } from "./manifest.ts";
import type { Digest } from "./reference.ts";
import { done, missing } from "./refusal.ts";
import { isTransient } from "./retry.ts";

const uploads = "blobs/uploads/";

/**
 * How blobs get into a repository: mounted from a neighbour that has them, or sent. `hasBlob` is asked where a mount was
 * not answered.
 */
export function uploader(
  ask: Ask,
  options: RegistryOptions,
  hasBlob: Sink["hasBlob"],
): Pick<Sink, "mountBlob" | "putBlob"> {
  const { mountFrom = [] } = options;
  const base = new URL(uploads, repositoryUrl(options));
  /** A refused mount is the beginning of an upload (distribution specification, "Mounting a blob"). */
  const begun = new Map<Digest, string>();
  const begin = (path: string) => beginUpload(path, ask, options);

  /** Whatever stands in the way of a mount, the upload that follows meets it too or does not mind. */
  async function mount(blob: Descriptor, from: string): Promise<boolean> {
    const path = `${uploads}?mount=${blob.digest}&from=${from}`;
    try {
      const { mounted, location } = await begin(path);
      if (!mounted && location !== undefined) begun.set(blob.digest, location);
      return mounted;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      return isTransient(error) && (await hasBlob(blob).catch(() => false));
    }
  }

  return {
    ...(mountFrom.length > 0 && {
      async mountBlob(blob) {
        for (const from of mountFrom) if (await mount(blob, from)) return true;
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

async function beginUpload(path: string, ask: Ask, { signal, onWait }: RegistryOptions) {
  const post = async () => {
    const answer = await ask({ method: "POST", path });
    answer.body.resume();
    return answer;
  };
  const answer = await askWhileLagging(post, isUnknown, signal, (ms) =>
    onWait?.("the registry does not show the repository yet", ms),
  );
  if (isUnknown(answer)) throw missing("the repository");
  return { mounted: answer.status === 201, location: answer.headers.location };
}

/** Of an upload that begins only the repository can be missing; one just made may not be shown everywhere yet. */
function isUnknown({ status }: HttpAnswer): boolean {
  return status === 404;
}
