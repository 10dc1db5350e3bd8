import { describe, expect, it } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { observeBases } from "../../src/release/declared-base.ts";
import type { GivenImage } from "../../src/release/observed.ts";
import { buildSpec } from "../support/build-spec.ts";

const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const base = `${host}/base/node`;

/** Dockerfiles by their names. */
const bases = (
  files: Readonly<Record<string, string>>,
  spec: Partial<BuildSpec> = {},
  given: readonly GivenImage[] = [],
) =>
  observeBases(buildSpec(spec), given, {
    docker: { dockerfile: async ({ dockerfile }) => files[dockerfile] },
  });

describe("what an image stands on, as its Dockerfile says", () => {
  it.each<[string, string, string[], Partial<BuildSpec>?]>([
    ["a tag", `FROM ${base}:24`, [base]],
    ["a digest", `FROM ${base}:24@sha256:${"a".repeat(64)}`, [base]],
    ["a platform", `FROM --platform=$BUILDPLATFORM ${base}:24`, [base]],
    ["a local registry", "FROM 127.0.0.1:4510/base/node:24", ["127.0.0.1:4510/base/node"]],
    ["an argument's default", `ARG FROM=${base}:24\nFROM $FROM`, [base]],
    ["an argument's default where it is used", `ARG FROM\nFROM \${FROM:-${base}}`, [base]],
    ["an argument", "ARG FROM\nFROM $FROM", [base], { args: { FROM: `${base}:24` } }],
    ["an argument that nobody gives", `ARG FROM\nFROM $FROM\nLABEL from=${base}`, []],
    ["the last stage", `FROM ${host}/go AS make\nFROM ${base}\nCOPY --from=make /a /a`, [base]],
    ["a chain of stages", `FROM ${base} AS deps\nFROM deps AS more\nFROM more`, [base]],
    ["a stage that is asked for", `FROM ${base} AS one\nFROM ${host}/b`, [base], { target: "one" }],
    ["a stage that is not there", `FROM ${base}`, [], { target: "none" }],
    ["nothing", `FROM ${base} AS make\nFROM scratch\nCOPY --from=make /a /a`, []],
    ["another registry", "FROM node:24", []],
    [
      "an image in the place of a name",
      "FROM node:24",
      [base],
      { contexts: { "node:24": `docker-image://${base}:24` } },
    ],
    ["a folder in its place", `FROM ${base}`, [], { contexts: { [base]: "./node" } }],
  ])("%s", async (_what, dockerfile, found, spec) => {
    expect(await bases({ Dockerfile: dockerfile }, spec)).toEqual(found);
  });

  it("is read at once beside a long word that names no host", async () => {
    const began = performance.now();
    const dockerfile = `FROM ${base}\nLABEL data=${"a".repeat(60_000)}`;
    expect(await bases({ Dockerfile: dockerfile })).toEqual([base]);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  const { dockerfile: _, ...linked } = buildSpec();
  const link = (dockerfile: string, contexts = {}) => ({ ...linked, dockerfile, contexts });

  it("goes on in the builds that it is linked to", async () => {
    const spec = {
      contexts: { base: "target:one" },
      linked: { one: link("one", { base: "target:two" }), two: link("two") },
    };
    const files = { Dockerfile: "FROM base", one: "FROM base", two: `FROM ${base}:24` };
    expect(await bases(files, spec)).toEqual([base]);
  });

  it("ends where links go round", async () => {
    const spec = {
      contexts: { base: "target:one" },
      linked: { one: link("one", { base: "target:one" }) },
    };
    expect(
      await bases({ Dockerfile: `FROM base\nLABEL a=${base}`, one: "FROM base" }, spec),
    ).toEqual([]);
  });

  it("asks the layouts given where there is no Dockerfile here", async () => {
    const digest = `sha256:${"a".repeat(64)}` as const;
    const rest = { directory: "", digest, annotations: {}, platforms: [], entries: [] };
    const given = [
      {
        ...rest,
        bases: [
          { name: `${base}:24`, digest },
          { name: "node:24", digest },
        ],
      },
      { ...rest },
    ];
    expect(await bases({}, {}, given)).toEqual([base, "node"]);
    expect(await bases({ Dockerfile: "FROM scratch" }, {}, given)).toEqual([]);
  });
});
