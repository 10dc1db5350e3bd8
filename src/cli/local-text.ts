import { bold, dim } from "./style.ts";

/** What to type to use a local ECR that serves. */
export function localText(endpoint: string, env: Readonly<Record<string, string>>): string {
  return [
    `${bold("local ECR")} at ${endpoint}, until Ctrl-C`,
    "",
    dim("# in another shell:"),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    "",
    dim("# then, for example:"),
    "slipway release 1.0.0 --image app --region us-east-1 --create-repository",
    "aws ecr describe-repositories",
    "",
    dim("# A docker-container builder and Docker Desktop cannot reach this machine's 127.0.0.1;"),
    dim("# slipway itself uploads from here and needs no such way."),
  ].join("\n");
}

function quoted(value: string): string {
  return /^[\w.:/@-]+$/.test(value) ? value : `'${value}'`;
}
