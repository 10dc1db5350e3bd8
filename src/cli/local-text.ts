import { shellWord } from "../wording.ts";
import { bold, dim } from "./terminal/style.ts";

interface Serving {
  readonly endpoint: string;
  readonly registry: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What to type to use a local ECR that serves. */
export function localText({ endpoint, registry, env }: Serving): string {
  const { host } = new URL(registry);
  return [
    `${bold("local ECR")} at ${endpoint}, its registry at ${host}, until Ctrl-C`,
    "",
    dim("# in another shell:"),
    ...Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    "",
    dim("# then, for example:"),
    "slipway release 1.0.0 --image app --region us-east-1 --create-repository",
    "aws ecr describe-repositories",
    `aws ecr get-login-password | docker login --username AWS --password-stdin ${host}`,
    "",
    dim("# A docker-container builder and Docker Desktop cannot reach this machine's 127.0.0.1;"),
    dim("# slipway itself uploads from here and needs no such way."),
  ].join("\n");
}
