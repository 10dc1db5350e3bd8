import { describe, expect, it } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { mediaTypes } from "../../src/oci/manifest.ts";
import {
  annotationsOf,
  inputsAnnotation,
  inputsOf,
  revisionAnnotation,
  whose,
} from "../../src/release/planning/identity.ts";
import { buildSpec } from "../support/build-spec.ts";
import { commit, gitFacts } from "./facts.ts";

const digest = (fields: Partial<BuildSpec> = {}, git = gitFacts(), image = "team/app") =>
  inputsOf(buildSpec(fields), image, git).digest;
const plain = digest();

describe("what makes another image", () => {
  it.each<[string, Partial<BuildSpec>]>([
    ["platforms", { platforms: ["linux/amd64"] }],
    ["context", { context: "app" }],
    ["dockerfile", { dockerfile: "other.Dockerfile" }],
    ["target", { target: "runtime" }],
    ["args", { args: { NODE_ENV: "production" } }],
    ["secrets, by name", { secrets: [{ id: "npm", env: "NPM_TOKEN" }] }],
    ["ssh", { ssh: ["default"] }],
    ["labels", { labels: { a: "b" } }],
    ["contexts", { contexts: { base: "docker-image://x" } }],
    ["reproducible", { reproducible: true }],
    ["provenance", { provenance: "none" }],
    ["sbom", { sbom: true }],
  ])("%s", (_what, fields) => {
    expect(digest(fields)).not.toBe(plain);
  });

  it("commit, changes in the tree, name, and the version of a rebuild", () => {
    const of = (version?: string) => inputsOf(buildSpec(), "team/app", gitFacts(), version).digest;
    const others = [
      digest({}, gitFacts({ commit: "f".repeat(40) })),
      digest({}, gitFacts({ worktree: "e".repeat(40) })),
      digest({}, gitFacts(), "team/other"),
      of("1.4.0+1"),
      of("1.4.0+2"),
    ];
    expect(new Set([plain, ...others]).size).toBe(6);
    expect(of()).toBe(plain);
  });
});

describe("an OCI layout as a named context", () => {
  const of = (path: string, held: string) =>
    digest({ contexts: { base: `oci-layout://${path}:1.0` }, layouts: { base: held } });

  it("is known by what it holds, wherever it is", () => {
    expect(of("/home/a/base", "oci-layout:1.0@sha256:a")).toBe(
      of("base", "oci-layout:1.0@sha256:a"),
    );
    expect(of("base", "oci-layout:1.0@sha256:a")).not.toBe(of("base", "oci-layout:1.0@sha256:b"));
  });
});

describe("what makes the same image", () => {
  it.each<[string, Partial<BuildSpec>]>([
    ["cache", { cacheFrom: ["type=gha"], cacheTo: ["type=gha"] }],
    ["no cache", { noCache: true }],
    ["pull", { pull: true }],
    ["builder", { builder: "large" }],
    ["what no context holds", { layouts: {} }],
    ["the order of platforms", { platforms: ["linux/arm64", "linux/amd64"] }],
  ])("%s", (_what, fields) => {
    expect(digest(fields)).toBe(plain);
  });

  it("the order of arguments", () => {
    expect(digest({ args: { a: "1", b: "2" } })).toBe(digest({ args: { b: "2", a: "1" } }));
  });

  it("branch, tags and date", () => {
    const git = gitFacts({
      branch: null,
      tags: ["v1.0.0"],
      committedAt: "2020-01-01T00:00:00.000Z",
    });
    expect(digest({}, git)).toBe(plain);
  });
});

describe("whose an image is", () => {
  const wanted = { revision: commit, digest: plain };
  const stated = { [inputsAnnotation]: plain, [revisionAnnotation]: commit };

  it.each([
    ["ours", stated],
    ["other", { ...stated, [inputsAnnotation]: "sha256:0" }],
    ["other", { ...stated, [revisionAnnotation]: "0" }],
    ["other", { [inputsAnnotation]: plain }],
    ["unknown", { [revisionAnnotation]: commit }],
    ["unknown", {}],
  ])("%s: %j", (expected, annotations) => {
    expect(whose(annotations, wanted)).toBe(expected);
  });

  it("is read from the manifest, whatever the registry says of its type", () => {
    const text = JSON.stringify({
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      annotations: stated,
    });
    expect(annotationsOf({ text, mediaType: "" })).toEqual(stated);
  });
});
