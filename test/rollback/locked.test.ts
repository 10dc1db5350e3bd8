import { describe, expect, it } from "vitest";
import type { Mutability } from "../../src/ecr/types.ts";
import { images, planned, record } from "./planned.ts";

const three = images("1.5.1", "1.4.0", "1.5.0", "1.5.1");

describe("a tag that ECR locks", () => {
  const aws =
    "aws ecr put-image-tag-mutability --region us-east-1 --registry-id 123456789012 --repository-name team/app --image-tag-mutability";
  const filters = "--image-tag-mutability-exclusion-filters";

  it.each<[Mutability, string[], string]>([
    [
      "IMMUTABLE",
      [],
      `${aws} IMMUTABLE_WITH_EXCLUSION ${filters} 'filterType=WILDCARD,filter=latest'`,
    ],
    [
      "IMMUTABLE_WITH_EXCLUSION",
      ["dev-*"],
      `${aws} IMMUTABLE_WITH_EXCLUSION ${filters} 'filterType=WILDCARD,filter=dev-*' 'filterType=WILDCARD,filter=latest'`,
    ],
    ["IMMUTABLE_WITH_EXCLUSION", ["a", "b", "c", "d", "e"], "ECR takes no filter more than a, b"],
    [
      "MUTABLE_WITH_EXCLUSION",
      ["l*", "1.*"],
      `${aws} MUTABLE_WITH_EXCLUSION ${filters} 'filterType=WILDCARD,filter=1.*'`,
    ],
    ["MUTABLE_WITH_EXCLUSION", ["l*"], `${aws} MUTABLE`],
  ])("by %s %j is told with what frees it", (mutability, mutabilityExclusions, remedy) => {
    const repository = { mutability, mutabilityExclusions };
    const { problems } = planned([{ images: three, records: [record("1.5.0")], repository }]);
    expect(problems).toEqual([
      expect.objectContaining({ remedy: expect.stringContaining(remedy) }),
    ]);
    expect(problems[0]?.message).toMatch(
      /^tag latest cannot move: .* of repository team\/app locks it$/,
    );
  });
});
