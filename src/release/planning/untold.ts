import { posix } from "node:path";
import { directoriesOf } from "../../docker/build-spec.ts";
import type { GitFacts } from "../../git/repository.ts";
import type { Note } from "../plan.ts";
import type { Request } from "../request.ts";

/** What a build reads, or lacks, without the commit saying so: the same inputs may then be another image. */
export function untoldNotes(
  { build }: Pick<Request, "build">,
  { directory, absent }: Pick<GitFacts, "directory" | "absent">,
): Note[] {
  const paths = directoriesOf(build).map((path) => path.replaceAll("\\", "/"));
  const places = paths
    .filter((path) => !posix.isAbsolute(path)) // where the repository begins is not told
    .map((path) => ({ path, fromTop: posix.join(directory, path) }));
  const outside = places.filter(({ fromTop }) => fromTop.split("/")[0] === "..");
  const lacking = absent.filter((submodule) =>
    places.some(({ fromTop }) => isWithin(submodule, fromTop) || isWithin(fromTop, submodule)),
  );
  return [
    ...outside.map(({ path }): Note => {
      const message = `${path} is outside of the repository: what changes there makes no other build of this commit`;
      return { code: "CONTEXT_OUTSIDE", message };
    }),
    ...lacking.map((submodule): Note => {
      const message = `the submodule ${submodule} is not checked out, and the image lacks what is in it: git submodule update --init ${submodule}`;
      return { code: "SUBMODULE_ABSENT", message };
    }),
  ];
}

function isWithin(path: string, directory: string): boolean {
  const within = directory.replace(/\/$/, "");
  return within === "." || path === within || path.startsWith(`${within}/`);
}
