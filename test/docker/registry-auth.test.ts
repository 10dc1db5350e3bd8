import { expect, test } from "vitest";
import { authConfig } from "../../src/docker/registry-auth.ts";

const ours = { host: "1.dkr.ecr.eu-west-1.amazonaws.com", username: "AWS", password: "pass" };
const auth = Buffer.from("AWS:pass").toString("base64");

const configOf = (existing?: string) => JSON.parse(authConfig([ours], existing) ?? "null");

test("an entry with the credentials, and nothing docker does not know", () => {
  expect(configOf()).toEqual({ auths: { [ours.host]: { auth } } });
});

test("what the environment holds is kept as far as docker would take it", () => {
  const existing = {
    auths: {
      "registry.example.com": { auth: "eDp5", email: "x@example.com" },
      "token.example.com": { identitytoken: "abc" },
      [ours.host]: { auth: "c3RhbGU=" },
      broken: null,
    },
    credHelpers: { "other.example.com": "ecr-login" },
  };
  expect(configOf(JSON.stringify(existing))).toEqual({
    auths: { "registry.example.com": { auth: "eDp5" }, [ours.host]: { auth } },
  });
});

test.each(["not json", "null", "[]", '{"auths":3}', '{"auths":null}'])(
  "an unusable value is passed over: %s",
  (existing) => {
    expect(configOf(existing)).toEqual({ auths: { [ours.host]: { auth } } });
  },
);

test("nothing to say", () => {
  expect(authConfig([], undefined)).toBeUndefined();
});
