import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openEcr } from "../../src/ecr/client.ts";
import type { Ecr } from "../../src/ecr/types.ts";

export type Answer = object | { readonly error: string };

/** Asks an ECR that gives each operation's answers one after the other, the last again and again; `asked` is what it was asked. */
export async function scripted<Value>(
  script: Readonly<Record<string, readonly Answer[]>>,
  ask: (ecr: Ecr) => Promise<Value>,
): Promise<{ readonly asked: readonly string[]; readonly value: Value }> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const chunks = await request.toArray();
    const { nextToken } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    asked.push(nextToken === undefined ? operation : `${operation} ${nextToken}`);
    const answers = script[operation] ?? [];
    const turn = asked.filter((one) => one.startsWith(operation)).length;
    const answer = answers[Math.min(turn, answers.length) - 1] ?? { error: "Missing" };
    const isError = "error" in answer;
    response.writeHead(isError ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(isError ? { __type: answer.error, message: "no" } : answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: "AKIA123456789012TEST",
    AWS_SECRET_ACCESS_KEY: "none",
  });
  try {
    return { asked, value: await ask(openEcr({ region: "eu-west-1" })) };
  } finally {
    process.env = before;
    server.closeAllConnections();
    server.close();
  }
}
