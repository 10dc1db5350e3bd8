import { expect, it } from "vitest";
import { digestOf } from "../../src/oci/manifest.ts";
import { images, planned } from "./planned.ts";

const seen = [{ images: images("1.5.1", "1.4.0", "1.5.0", "1.5.1") }];
const to = (beginning: string) => planned(seen, { to: { beginning } });

it("goes to the image whose digest begins so", () => {
  const { problems, targets } = to(digestOf("1.4.0").slice(0, 19));
  expect(problems).toEqual([]);
  expect(targets[0]?.to?.digest).toBe(digestOf("1.4.0"));
});

it("is refused where no image of a tag begins so", () => {
  expect(to("sha256:0000000").problems).toMatchObject([
    {
      code: "VERSION_UNKNOWN",
      message: "there is no image with a tag whose digest begins with sha256:0000000",
    },
  ]);
});
