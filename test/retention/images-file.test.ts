import { expect, test } from "vitest";
import { readDescribedImages } from "../../src/retention/images-file.ts";

// The aws command's own name for it, and ECR's, which --no-paginate shows.
test.each(["NextToken", "nextToken"])("a page with %s is not taken for the repository", (token) => {
  const page = JSON.stringify({ imageDetails: [], [token]: "eyJ2" });
  expect(() => readDescribedImages(page, "'images.json'")).toThrow(
    "'images.json' is not the output of aws ecr describe-images: it is one page of a list that goes on",
  );
  expect(readDescribedImages(JSON.stringify({ imageDetails: [] }), "'images.json'")).toEqual([]);
});
