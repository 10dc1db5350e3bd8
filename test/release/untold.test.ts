import { expect, test } from "vitest";
import { untoldNotes } from "../../src/release/planning/untold.ts";
import { buildSpec } from "../support/build-spec.ts";

const codesOf = (
  build: Parameters<typeof buildSpec>[0],
  facts: { directory?: string; absent?: string[] },
) =>
  untoldNotes({ build: buildSpec(build) }, { directory: "", absent: [], ...facts }).map(
    ({ code, message }) => `${code} ${message.split(" ").slice(0, 3).join(" ")}`,
  );

test.each([
  ["the repository itself", ".", "", []],
  ["a directory of it", "api", "", []],
  ["beside the project, in the repository", "../api", "services/web", []],
  ["above the repository", "../..", "web", ["CONTEXT_OUTSIDE ../.. is outside"]],
  ["beside the repository", "../outer", "", ["CONTEXT_OUTSIDE ../outer is outside"]],
  ["an address", "https://example.com/app.git", "", []],
  ["a place whose root is not told", "/srv/app", "", []],
])("a context that is %s", (_, context, directory, notes) => {
  expect(codesOf({ context }, { directory })).toEqual(notes);
});

test("a named context counts, and a layout or an image is no directory", () => {
  const contexts = {
    lib: "../lib",
    base: "oci-layout:///tmp/base:1",
    node: "docker-image://node:24",
  };
  expect(codesOf({ contexts }, {})).toEqual(["CONTEXT_OUTSIDE ../lib is outside"]);
});

test.each([
  [".", "", ["SUBMODULE_ABSENT the submodule lib"]],
  ["lib", "", ["SUBMODULE_ABSENT the submodule lib"]],
  ["lib/inner/", "", ["SUBMODULE_ABSENT the submodule lib"]],
  ["api", "", []],
  ["library", "", []],
  [".", "api", []],
  ["..", "api", ["SUBMODULE_ABSENT the submodule lib"]],
])(
  "a submodule at lib that is not checked out, with the context %s in '%s'",
  (context, directory, notes) => {
    expect(codesOf({ context }, { directory, absent: ["lib"] })).toEqual(notes);
  },
);
