import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { images, planned, record } from "./planned.ts";

const three = images("1.5.1", "1.4.0", "1.5.0", "1.5.1");

describe("what to type", () => {
  const remediesOf = (...targets: Parameters<typeof planned>[0][number][]) =>
    planned(targets).problems.map(({ remedy }) => remedy);

  it("names the versions that all targets have, the same for each", () => {
    const fewer = images("1.5.1", "1.5.1", "1.4.0");
    const remedies = remediesOf({ images: three }, { region: "eu-west-1", images: fewer });
    expect(new Set(remedies)).toEqual(new Set(["name the version, --to VERSION: 1.4.0"]));
  });

  it("is a promotion from a target that has the image, where another one has lost it", () => {
    const records = [record("1.5.0")];
    const lost = images("1.5.1", "1.5.1", "1.4.0");
    const missing = [digestOf("1.5.0")];
    expect(
      remediesOf(
        { images: three, records, missing: [] },
        { region: "eu-west-1", images: lost, records, missing },
      ),
    ).toEqual([
      "slipway promote team/app:1.5.0 --from 123456789012/us-east-1 --to 123456789012/eu-west-1",
    ]);
    const anew = "release that version again, from its commit: it uploads what is missing";
    expect(remediesOf({ images: lost, records, missing })).toEqual([anew]);
    const untagged = [...lost, { name: "1.5.0", tags: [] }];
    for (const other of [
      { images: three, records, missing: [digestOf("layer")] },
      { images: untagged, records, missing: [] },
    ]) {
      const there = { region: "eu-west-1", images: lost, records, missing };
      expect(remediesOf(other, there).at(-1)).toBe(anew);
    }
  });
});
