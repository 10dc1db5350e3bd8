import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";

const dir = mkdtempSync(join(tmpdir(), "tls-"));
let ecr: LocalEcr;
let ca: string;
beforeAll(async () => {
  ecr = await startLocalEcr({ dir, tls: true });
  ca = readFileSync(ecr.caFile ?? "", "utf8");
});
afterAll(async () => {
  await ecr.close();
  rmSync(dir, { recursive: true, force: true });
});

function ask(
  url: string,
  { body = "", ...options }: RequestOptions & { body?: string } = {},
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca, ...options }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: answer.statusCode, headers: answer.headers, body: text });
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

async function call(operation: string, input: object) {
  const headers = {
    "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request, Signature=0",
  };
  const body = JSON.stringify(input);
  const answer = await ask(ecr.endpoint, { method: "POST", headers, body });
  return JSON.parse(answer.body);
}

test("every address is of TLS, by an authority that is written out", async () => {
  expect(ecr.endpoint).toMatch(/^https:/);
  expect(ecr.env).toMatchObject({ NODE_EXTRA_CA_CERTS: ecr.caFile, AWS_CA_BUNDLE: ecr.caFile });
  await call("CreateRepository", { repositoryName: "team/app" });
  const { authorizationData } = await call("GetAuthorizationToken", {});
  const [{ proxyEndpoint, authorizationToken }] = authorizationData;
  const headers = { authorization: `Basic ${authorizationToken}` };
  const at = `${proxyEndpoint}/v2/team/app`;
  const start = await ask(`${at}/blobs/uploads/`, { method: "POST", headers });
  const digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const where = `${start.headers.location}?digest=${digest}`;
  expect(where).toMatch(/^https:/);
  expect((await ask(where, { method: "PUT", headers, body: "abc" })).status).toBe(201);
  const { headers: to } = await ask(`${at}/blobs/${digest}`, { headers });
  expect(to.location).toMatch(/^https:\/\/localhost:/);
  expect((await ask(String(to.location))).body).toBe("abc");
});

test("who does not trust the authority is not spoken to", async () => {
  await expect(ask(ecr.endpoint, { ca: undefined })).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO_/),
  });
});

test("certificates are what their readers ask for", async () => {
  const authority = new X509Certificate(ca);
  expect(authority.ca).toBe(true);
  expect(authority.verify(authority.publicKey)).toBe(true);
  const { port } = new URL(ecr.endpoint);
  const socket = connect({ host: "127.0.0.1", port: Number(port), ca });
  await new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  const shown = socket.getPeerX509Certificate();
  socket.destroy();
  expect(shown?.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect(shown?.checkIssued(authority)).toBe(true);
  expect(shown?.verify(authority.publicKey)).toBe(true);
  expect(Date.parse(shown?.validTo ?? "") - Date.now()).toBeLessThan(398 * 86_400_000);
  expect(statSync(join(dir, "tls", "ca.key")).mode & 0o777).toBe(0o600);
});

test("a second server sees that the first one lives, and a later one is of the same authority", async () => {
  await expect(startLocalEcr({ dir })).rejects.toThrow(/shows that process \d+ uses this data/);
  await ecr.close();
  ecr = await startLocalEcr({ dir, tls: true });
  expect(readFileSync(ecr.caFile ?? "", "utf8")).toBe(ca);
  expect((await call("DescribeRepositories", {})).repositories).toHaveLength(1);
});
