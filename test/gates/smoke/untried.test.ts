import { expect, test } from "vitest";
import { publishedBy } from "../../../src/docker/engine.ts";
import { untried } from "../../../src/gates/smoke/untried.ts";

const loopback = { host: "127.0.0.1", bind: "127.0.0.1" };

test.each([
  ["unix:///var/run/docker.sock", loopback],
  ["npipe:////./pipe/docker_engine", loopback],
  ["tcp://localhost:2375", loopback],
  ["tcp://docker:2376", { host: "docker", bind: "0.0.0.0" }],
  ["tcp://[fd00::1]:2376", { host: "fd00::1", bind: "0.0.0.0" }],
  ["ssh://ops@build.example.com", undefined],
])("the ports of an engine at %s", (address, place) => {
  expect(publishedBy(address)).toEqual(place);
});

test.each([
  [undefined, loopback, "SMOKE_UNASKED"],
  [{ kind: "http", port: 80, path: "/" }, undefined, "SMOKE_UNREACHABLE"],
  [{ kind: "tcp", port: 80 }, loopback, undefined],
  [{ kind: "exec", command: ["true"] }, undefined, undefined],
  [{ kind: "health" }, undefined, undefined],
] as const)("%j through %j: %s", (sign, publishes, code) => {
  expect(untried(sign, { publishes }, "linux/amd64")?.code).toBe(code);
});
