import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { agentsFor, proxiesOf } from "../../src/cli/network.ts";

const directory = mkdtempSync(join(tmpdir(), "slipway-network-"));
afterAll(() => rmSync(directory, { recursive: true }));
const proxy = "http://proxy.example.com:3128";

describe("what the environment says about the network", () => {
  test("is nothing most of the time", () => {
    expect(agentsFor({ PATH: "/bin", HTTPS_PROXY: "", NO_PROXY: "localhost" })).toBeUndefined();
  });

  test.each([
    [{ HTTPS_PROXY: proxy }, { HTTPS_PROXY: proxy, NO_PROXY: "" }],
    [
      { http_proxy: proxy, HTTP_PROXY: "http://other" },
      { HTTP_PROXY: proxy, NO_PROXY: "" },
    ],
    [{ HTTPS_PROXY: "proxy.example.com:3128" }, { HTTPS_PROXY: proxy, NO_PROXY: "" }],
    [
      { HTTPS_PROXY: proxy, NO_PROXY: "a", no_proxy: "b" },
      { HTTPS_PROXY: proxy, NO_PROXY: ".b" },
    ],
  ])("%j", (env, expected) => {
    expect(proxiesOf(env)).toEqual(expected);
  });

  test.each([
    ["localhost,127.0.0.1", ".localhost,127.0.0.1"],
    ["amazonaws.com .corp,*.lan,*", ".amazonaws.com,.corp,*.lan,*"],
    ["10.1.2.3/8,192.168.7.0/24", "10.0.0.0-10.255.255.255,192.168.7.0-192.168.7.255"],
    ["169.254.169.254/32,0.0.0.0/0", "169.254.169.254-169.254.169.254,0.0.0.0-255.255.255.255"],
    ["registry:5000,[::1]", "registry:5000,::1"],
  ])("NO_PROXY=%s means %s to Node", (given, meant) => {
    expect(proxiesOf({ HTTPS_PROXY: proxy, NO_PROXY: given })?.NO_PROXY).toBe(meant);
  });

  test.each(["socks5://user:hunter2@proxy:1080", "http://", "http://a b:hunter2"])(
    "a proxy that cannot be used is an error, and its password is not in it: %s",
    (value) => {
      const failure = catchError(() => proxiesOf({ https_proxy: value }));
      expect(failure).toMatchObject({ code: "ENVIRONMENT_INVALID" });
      expect(String(failure)).toContain("HTTPS_PROXY");
      expect(String(failure)).not.toContain("hunter2");
    },
  );

  test.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_STS"])(
    "%s must be an address",
    (name) => {
      for (const value of ["htp:/bla", "127.0.0.1:4510", "http://"]) {
        expect(catchError(() => agentsFor({ [name]: value }))).toMatchObject({
          code: "ENVIRONMENT_INVALID",
          message: `${name} is '${value}', which is not an http or https address`,
        });
      }
      expect(agentsFor({ [name]: "http://127.0.0.1:4510" })).toBeUndefined();
    },
  );

  test.each(["AWS_CA_BUNDLE", "SSL_CERT_FILE"])("%s must hold certificates", (name) => {
    const file = join(directory, "empty.pem");
    writeFileSync(file, "nothing\n");
    const message = (path: string) => String(catchError(() => agentsFor({ [name]: path })));
    expect(message(file)).toContain(`${name} names '${file}', which holds no PEM certificate`);
    expect(message(`${file}.gone`)).toContain("which cannot be read: ENOENT");
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return expect.fail("it should have been refused");
}
