import { expect, test } from "vitest";
import { readDescribedImages } from "../../src/retention/images-file.ts";

test("a page of a list is not taken for the repository", () => {
  const page = JSON.stringify({ imageDetails: [], NextToken: "eyJ2" });
  expect(() => readDescribedImages(page, "'images.json'")).toThrow(
    "'images.json' is no output of aws ecr describe-images: it is one page of a list that goes on",
  );
  expect(readDescribedImages(JSON.stringify({ imageDetails: [] }), "'images.json'")).toEqual([]);
});
