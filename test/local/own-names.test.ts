import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";

let ecr: LocalEcr;

beforeAll(async () => {
  ecr = await startLocalEcr();
});
afterAll(() => ecr?.close());

/** What a page would get whose own name leads to 127.0.0.1. */
function ask(origin: string, path: string, host: string, method = "GET") {
  const headers = { Host: host, "Content-Type": "application/json" };
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    request(new URL(path, origin), { method, headers }, async (answer) =>
      resolve({ status: answer.statusCode ?? 0, body: await text(answer) }),
    )
      .on("error", reject)
      .end(method === "POST" ? '{"advanceMs":86400000}' : undefined);
  });
}

describe("a name that leads here and is not ours", () => {
  it.each(["evil.example", "evil.example.:4566", "127.0.0.1.evil.example", "1.2.3.4.nip.io"])(
    "%s gets nothing and moves nothing",
    async (host) => {
      const before = ecr.now().getTime();
      const answers = await Promise.all([
        ask(ecr.endpoint, "/local/status", host),
        ask(ecr.endpoint, "/local/clock", host, "POST"),
        ask(
          `http://${new URL(`http://${ecr.registry.replace(/^.*\/\//, "")}`).host}`,
          "/v2/",
          host,
        ),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([421, 421, 421]);
      expect(answers[0]?.body).toMatch(
        /^this is a local ECR, and not '[\w.]+': call it 127\.0\.0\.1 or/,
      );
      expect(ecr.now().getTime() - before).toBeLessThan(3_600_000);
    },
  );
});

it.each([
  "127.0.0.1",
  "127.0.0.1:80",
  "[::1]:80",
  "localhost",
  "ecr.localhost:1",
  "ecr",
  "host.docker.internal",
  "172.17.0.1",
])("%s is a name of this machine", async (host) => {
  expect((await ask(ecr.endpoint, "/local/status", host)).status).toBe(200);
});
