import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { agentsFor } from "../../src/cli/network.ts";
import { type Agents, agents } from "../../src/oci/http.ts";
import { openRegistry } from "../../src/oci/registry.ts";
import { type Authority, makeAuthority } from "../support/certificate.ts";
import { type ForwardProxy, openProxy } from "../support/proxy.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-proxy-"));
const opened: AsyncDisposable[] = [];
let authority: Authority;
let https: number;
let http: number;

const answer: RequestListener = (request, response) => {
  request.resume();
  response.writeHead(200, { "Content-Length": 0 }).end();
};

beforeAll(async () => {
  authority = makeAuthority(directory);
  const servers = [createServer(authority, answer), createHttpServer(answer)];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }
  [https, http] = servers.map((server) => (server.address() as AddressInfo).port) as [
    number,
    number,
  ];
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(directory, { recursive: true });
  });
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function proxy(options?: Parameters<typeof openProxy>[0]): Promise<ForwardProxy> {
  const one = await openProxy(options);
  opened.push(one);
  return one;
}

const digest = `sha256:${"0".repeat(64)}` as const;

function has(origin: string, through: Agents | undefined): Promise<boolean> {
  const credentials = async () => ({ username: "AWS", password: "secret" });
  const registry = openRegistry({ origin, repository: "app", credentials, agents: through });
  return registry.hasBlob({ digest, size: 1, mediaType: "" });
}

test.each(["HTTPS_PROXY", "https_proxy"])("%s is one tunnel for many requests", async (name) => {
  const { url, asked } = await proxy();
  const through = agentsFor({ [name]: url, AWS_CA_BUNDLE: authority.caFile });
  for (let time = 0; time < 3; time += 1) {
    expect(await has(`https://127.0.0.1:${https}`, through)).toBe(true);
  }
  expect(asked).toEqual([`CONNECT 127.0.0.1:${https}`]);
});

test("plain http is asked of the proxy by its whole address", async () => {
  const { url, asked } = await proxy();
  expect(await has(`http://127.0.0.1:${http}`, agentsFor({ HTTP_PROXY: url }))).toBe(true);
  expect(asked).toEqual([`HEAD http://127.0.0.1:${http}/v2/app/blobs/${digest}`]);
});

test.each(["127.0.0.1", "localhost,127.0.0.0/8", "*"])(
  "NO_PROXY=%s goes past it",
  async (direct) => {
    const { url, asked } = await proxy({ refuse: 502 });
    const env = { HTTPS_PROXY: url, HTTP_PROXY: url, NO_PROXY: direct };
    const through = agentsFor({ ...env, SSL_CERT_FILE: authority.caFile });
    expect(await has(`https://127.0.0.1:${https}`, through)).toBe(true);
    expect(await has(`http://127.0.0.1:${http}`, through)).toBe(true);
    expect(asked).toEqual([]);
  },
);

test("a certificate of an unknown authority is refused at once, with what to do", async () => {
  const failure = await has(`https://127.0.0.1:${https}`, undefined).catch((error) => error);
  expect(failure).toMatchObject({
    code: "REGISTRY_FAILED",
    message: expect.stringContaining("certificate that is not trusted"),
    suggestions: [expect.stringContaining("NODE_EXTRA_CA_CERTS")],
  });
});

test("what Node was told to trust stays trusted beside a bundle of another name", async () => {
  const [network, http] = ["src/cli/network.ts", "src/oci/http.ts"].map((file) =>
    JSON.stringify(join(import.meta.dirname, "../..", file)),
  );
  const program = `
    const { agentsFor } = await import(${network});
    const { send } = await import(${http});
    const url = new URL("https://127.0.0.1:${https}/");
    const { status } = await send({ method: "GET", url }, agentsFor(process.env));
    console.log(status);
    process.exit();
  `;
  const other = mkdtempSync(join(directory, "other-"));
  const env = {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: authority.caFile,
    AWS_CA_BUNDLE: makeAuthority(other).caFile,
  };
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout.trim()).toBe("200");
});

test("a proxy that opens no tunnel is named, and its password is not", async () => {
  const { url } = await proxy({ refuse: 407 });
  const through = agentsFor({ HTTPS_PROXY: url.replace("//", "//user:hunter2@") });
  const failure = await has("https://registry.example.com", through).catch((error) => error);
  expect(failure).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  expect(failure.message).toContain("407");
  expect(JSON.stringify([failure.message, failure.suggestions])).not.toContain("hunter2");
});

test("a proxy that says nothing is given up", async () => {
  const { url, asked } = await proxy({ refuse: "silent" });
  const through = agents({ proxies: { HTTPS_PROXY: url }, certificates: [], tunnelMs: 50 });
  const failure = await has("https://registry.example.com", through).catch((error) => error);
  expect(failure).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  expect(asked.length).toBeGreaterThan(0);
});
