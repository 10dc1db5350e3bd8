import { describe, expect, it } from "vitest";
import { withLayouts } from "../../src/config/layout-contexts.ts";
import { digestOf } from "../../src/oci/manifest.ts";
import { buildSpec } from "../support/build-spec.ts";

const pinned = `sha256:${"a".repeat(64)}`;

async function held(source: string): Promise<string | undefined> {
  const files: Readonly<Record<string, string>> = { "/project/base/index.json": "{}" };
  const readFile = async (path: string) => {
    const text = files[path.replaceAll("\\", "/").replace(/^[A-Z]:/, "")];
    if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
    return text;
  };
  const contexts = { base: source };
  const spec = buildSpec({ contexts, linked: { other: buildSpec({ contexts }) } });
  const { layouts, linked } = await withLayouts(spec, { projectDir: "/project", readFile });
  expect(linked?.other?.layouts).toEqual(layouts);
  return layouts?.base;
}

describe("what a named context holds", () => {
  it.each<[string, string | undefined]>([
    ["oci-layout://base", `oci-layout:@${digestOf("{}")}`],
    ["oci-layout://base:1.37", `oci-layout:1.37@${digestOf("{}")}`],
    ["oci-layout:///project/base:1.37", `oci-layout:1.37@${digestOf("{}")}`],
    [`oci-layout://base:1.37@${pinned}`, `oci-layout:1.37@${pinned}`],
    ["oci-layout://gone", undefined],
    ["docker-image://busybox:1.37", undefined],
    ["./base", undefined],
  ])("%s", async (source, says) => {
    expect(await held(source)).toBe(says);
  });
});
