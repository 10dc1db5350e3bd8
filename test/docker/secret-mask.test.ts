import { expect, test } from "vitest";
import { secretMask, unexpanded } from "../../src/docker/secret-mask.ts";
import { buildSpec } from "../support/build-spec.ts";

const mask = secretMask({
  specs: [
    buildSpec({
      secrets: [
        { id: "npm", env: "NPM_TOKEN" },
        { id: "key", env: "KEY" },
        { id: "unset", env: "UNSET" },
        { id: "file", file: "key.pem" },
      ],
      args: { GITHUB_TOKEN: "ghp_abcdef", MIRROR: "mirror.example.com", SECRET_FLAG: "1" },
    }),
  ],
  env: { NPM_TOKEN: "npm$&secret", KEY: "-----BEGIN-----\nfirst line\nsecond line\n" },
  registryAuth: [{ host: "h", username: "AWS", password: "registry-password" }],
});

test.each([
  ["token npm$&secret.", "token •••."],
  ["second line", "•••"],
  ["clone with ghp_abcdef", "clone with •••"],
  ["AWS:registry-password", "AWS:•••"],
  ["fetch mirror.example.com 1", "fetch mirror.example.com 1"],
])("%s is told as %s", (words, told) => {
  expect(mask(words)).toBe(told);
});

test("a step's name has its variables back", () => {
  expect(
    unexpanded(
      "RUN fetch mirror.example.com",
      buildSpec({ args: { MIRROR: "mirror.example.com", A: "fe" } }),
    ),
  ).toBe("RUN fetch $MIRROR");
});
