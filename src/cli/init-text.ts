import type { Initialisation, Tree } from "./init.ts";

/** What was written, whose name the image has, and the commands that lead to the first plan. */
export function initText({
  written: { file },
  named,
  hasRegion,
  tree,
  next,
}: Initialisation): string {
  const noRegion = hasRegion
    ? []
    : [`no region was found: name it under 'targets' in ${file}, or pass it`, ""];
  // Nothing was asked of AWS: whether the repository is there is not known, and the flag does no harm.
  const plan = [
    `slipway plan ${next} --create-repository`,
    ...(hasRegion ? [] : ["--region REGION"]),
  ];
  const commands = [...commits(file)[tree], [...plan, ...looking[tree]].join(" ")];
  return [
    `wrote ${file}, for the image ${nameText(named)}`,
    "",
    ...noRegion,
    "next:",
    ...commands.map((command) => `  ${command}`),
  ].join("\n");
}

function nameText({ name, from, directoryName }: Initialisation["named"]): string {
  const origin = {
    remote: ", named after the git remote",
    directory: `, named after the folder '${directoryName}'`,
    nothing: `: the folder's name, '${directoryName}', gives none`,
  };
  return `${name}${origin[from ?? "nothing"]}`;
}

/** What is released is a commit, and the file belongs to it. */
function commits(file: string): Readonly<Record<Tree, readonly string[]>> {
  const commit = `git add ${file} && git commit -m 'Describe the release'`;
  return {
    none: ["git init && git add . && git commit -m 'First commit'"],
    clean: [commit],
    dirty: [commit],
  };
}

/** Changes that were there before are their owner's: they can be planned with, and are marked. */
const looking: Readonly<Record<Tree, readonly string[]>> = {
  none: [],
  clean: [],
  dirty: ["--allow-dirty"],
};
