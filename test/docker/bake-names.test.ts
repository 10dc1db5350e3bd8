import { expect, test } from "vitest";
import { bakeNames, imageOfTarget, stepOwner } from "../../src/docker/bake-names.ts";

const names = bakeNames([
  { image: "shop/api", spec: {} },
  { image: "shop-api", spec: { linked: { base: {} } } },
  { image: "shop-api_base", spec: {} },
]);

test("each image and linked target has a name of its own that bake takes", () => {
  expect(names).toEqual([
    { own: "shop-api", linked: {} },
    { own: "shop-api-2", linked: { base: "shop-api_base" } },
    { own: "shop-api_base-2", linked: {} },
  ]);
  expect(imageOfTarget(names, "shop-api_base")).toBe(1);
  expect(imageOfTarget(names, "default")).toBeUndefined();
});

test.each([
  ["[shop-api linux/amd64 build 2/4] RUN make", 0, "[linux/amd64 build 2/4] RUN make"],
  ["[shop-api] exporting to oci image format", 0, "exporting to oci image format"],
  ["[shop-api-2 internal] load .dockerignore", 1, "[internal] load .dockerignore"],
  ["[shop-api_base 1/2] RUN a\\\nb", 1, "[base 1/2] RUN a\\\nb"],
  ["[internal] booting buildkit", 0, "[internal] booting buildkit"],
  ["[build 2/4] RUN make", 0, "[build 2/4] RUN make"],
])("%s", (name, image, own) => {
  expect(stepOwner(names)(name)).toMatchObject({ image, name: own });
});
