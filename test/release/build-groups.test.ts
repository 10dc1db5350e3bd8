import { expect, test } from "vitest";
import type { BuildSpec } from "../../src/docker/build-spec.ts";
import { authOf, groupBuilds } from "../../src/release/applying/build-groups.ts";
import { buildSpec } from "../support/build-spec.ts";

const login = (host: string, password: string) => ({ host, username: "AWS", password });

function build(
  name: string,
  fields: Partial<BuildSpec> = {},
  auth = [] as ReturnType<typeof login>[],
) {
  return { name, spec: buildSpec(fields), auth };
}

const groupsOf = (...builds: ReturnType<typeof build>[]) =>
  groupBuilds(builds).map((group) => group.map(({ name }) => name));

test("all go together, reproducible or not, whatever their platforms", () => {
  const c = build("c", { reproducible: true, platforms: ["linux/arm64"], noCache: true });
  expect(groupsOf(build("a"), build("b", { sbom: true }), c)).toEqual([["a", "b", "c"]]);
});

test("a call has one builder", () => {
  const farm = { builder: "farm" };
  expect(groupsOf(build("a"), build("b", farm), build("c"), build("d", farm))).toEqual([
    ["a", "c"],
    ["b", "d"],
  ]);
});

test("a call has one login to each registry", () => {
  const a = build("a", {}, [login("one", "x"), login("two", "y")]);
  const b = build("b", {}, [login("two", "other")]);
  const c = build("c", {}, [login("one", "x"), login("three", "z")]);
  const d = build("d", {}, [login("three", "other")]);
  expect(groupsOf(a, b, c, d)).toEqual([
    ["a", "c"],
    ["b", "d"],
  ]);
  expect(authOf([a, c])).toEqual([login("one", "x"), login("two", "y"), login("three", "z")]);
});

test("what bake cannot be given goes alone", () => {
  const remote = build("b", { dockerfile: "https://example.com/Dockerfile" });
  const named = build("c", { context: "./-" });
  expect(groupsOf(remote, build("a"), named, build("d"))).toEqual([["b"], ["a", "d"], ["c"]]);
});
