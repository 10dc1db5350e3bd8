import { expect, test } from "vitest";
import { lint } from "../../src/dockerfile/lint.ts";
import { readDockerfile } from "../../src/dockerfile/stages.ts";
import { offerDigests } from "../../src/gates/dockerfile/offer-digests.ts";
import { digestOf } from "../../src/oci/manifest.ts";

const digest = digestOf("an image");

test("each base image is asked for once, and the repair is the line to write", async () => {
  const file = readDockerfile(
    `ARG V=22.1
FROM --platform=linux/amd64 node:$V AS build
FROM registry.example.com:5000/team/base:1 AS lost
FROM python AS other
FROM node:22.1@${digest} AS pinned
FROM build AS again
FROM node:22.1
COPY --from=lost /a /a
COPY --from=other /a /a
COPY --from=pinned /a /a
COPY --from=again /a /a
`,
    { args: {}, contexts: [] },
  );
  const asked: string[] = [];
  const all = lint(file, { pin: "digest", ignore: [] });
  const offered = await offerDigests(all, file, async (name) => {
    asked.push(name);
    return name.startsWith("registry") ? { why: "no such host" } : { digest };
  });
  expect(asked).toEqual(["node:22.1", "registry.example.com:5000/team/base:1", "python:latest"]);
  const bases = offered.filter(({ code }) => code.startsWith("BASE_"));
  expect(bases.map(({ line, message, repair }) => [line, message, repair])).toEqual([
    [2, expect.stringMatching(/node:22\.1 is not pinned/), `FROM node:22.1@${digest}`],
    [
      3,
      expect.stringMatching(/; its registry did not tell the digest: no such host$/),
      expect.stringContaining("docker buildx imagetools inspect"),
    ],
    [4, expect.any(String), expect.stringContaining(`; today's is FROM python:latest@${digest}`)],
    [7, expect.any(String), `FROM node:22.1@${digest}`],
  ]);
  const others = all.filter(({ code }) => !code.startsWith("BASE_"));
  expect(offered).toEqual(expect.arrayContaining(others));
});
