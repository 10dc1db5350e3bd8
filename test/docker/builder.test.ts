import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { observeBuilder, readFacts } from "../../src/docker/builder.ts";

const fixture = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");
const info = JSON.parse(fixture("info.json"));

test("a running engine with the containerd image store", () => {
  expect(readFacts(JSON.stringify(info), fixture("inspect.txt"))).toEqual({
    docker: "28.5.2+dfsg4",
    engine: "28.5.2+dfsg4",
    buildx: "0.29.1+ds1",
    builder: {
      name: "default",
      driver: "docker",
      nodes: [
        {
          name: "default",
          status: "running",
          platforms: [
            "linux/amd64",
            "linux/amd64/v2",
            "linux/amd64/v3",
            "linux/amd64/v4",
            "linux/arm64",
          ],
          buildkit: null,
        },
      ],
    },
    containerdStore: true,
    knowsOciArtifact: true,
    takesAuthConfig: true,
  });
});

test("the classic image store", () => {
  const classic = { ...info, DriverStatus: [["Backing Filesystem", "extfs"]] };
  expect(readFacts(JSON.stringify(classic), "").containerdStore).toBe(false);
});

test("an engine that does not answer, and no buildx", () => {
  const silent = { ServerVersion: "", DriverStatus: null, ClientInfo: { Version: "28.5.2" } };
  expect(readFacts(JSON.stringify(silent), "Name: default\nDriver:\nError: no daemon\n")).toEqual({
    docker: "28.5.2",
    engine: null,
    buildx: null,
    builder: null,
    containerdStore: null,
    knowsOciArtifact: false,
    takesAuthConfig: false,
  });
});

const farm = `Name:          farm
Driver:        docker-container
Last Activity: 2026-11-21 19:21:59 +0000 UTC

Nodes:
Name:                  farm0
Endpoint:              unix:///var/run/docker.sock
Status:                running
BuildKit version:      v0.26.3
Platforms:             linux/amd64*, linux/386

Name:      farm1
Endpoint:  ssh://arm
Status:    inactive
`;

test("a builder of several nodes, one of which rests", () => {
  const { builder, knowsOciArtifact } = readFacts(JSON.stringify(info), farm);
  expect(builder?.nodes).toEqual([
    {
      name: "farm0",
      status: "running",
      platforms: ["linux/amd64", "linux/386"],
      buildkit: "0.26.3",
    },
    { name: "farm1", status: "inactive", platforms: [], buildkit: null },
  ]);
  expect(knowsOciArtifact).toBe(false);
  const running = readFacts(JSON.stringify(info), farm.split("\nName:      farm1")[0] ?? "");
  expect(running.knowsOciArtifact).toBe(true);
});

test.each([
  ["28.2.2", "0.29.1", false],
  ["28.3.0", "0.25.0", false],
  ["28.3.0", "0.26.1", true],
  ["29.0.1", "1.0.0", true],
])(
  "docker %s with buildx %s takes credentials from the environment: %s",
  (docker, buildx, takes) => {
    const client = { Version: docker, Plugins: [{ Name: "buildx", Version: `v${buildx}` }] };
    expect(readFacts(JSON.stringify({ ClientInfo: client }), "").takesAuthConfig).toBe(takes);
  },
);

test("answers that nobody could read are facts that nobody knows", () => {
  expect(readFacts("not json", "nothing of the kind")).toMatchObject({
    docker: "unknown",
    engine: null,
    buildx: null,
    builder: null,
  });
});

test("no docker on PATH is a fact", async () => {
  expect(await observeBuilder({ env: { PATH: import.meta.dirname } })).toMatchObject({
    docker: null,
    engine: null,
  });
});
