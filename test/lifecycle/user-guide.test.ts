import { describe, expect, test } from "vitest";
import { departures, image, policy } from "./repository.ts";

// Each: the repository, the policy and the outcome that the user guide states.
describe("the worked examples of the Amazon ECR user guide", () => {
  const multiple = [
    image("A", 10, { tags: ["beta-1", "prod-1"] }),
    image("B", 9, { tags: ["beta-2", "prod-2"] }),
    image("C", 8, { tags: ["beta-3"] }),
  ];
  const severalTags = [
    image("A", 12, { tags: ["alpha-1"] }),
    image("B", 11, { tags: ["beta-1"] }),
    image("C", 10, { tags: ["alpha-2", "beta-2"] }),
    image("D", 4, { tags: ["alpha-3"] }),
    image("E", 3, { tags: ["beta-3"] }),
    image("F", 2, { tags: ["alpha-4", "beta-4"] }),
  ];
  const notExclusive = [
    image("A", 10, { tags: ["alpha-1", "beta-1", "gamma-1"] }),
    image("B", 9, { tags: ["alpha-2", "beta-2"] }),
    image("C", 8, { tags: ["alpha-3", "beta-3", "gamma-2"] }),
  ];
  const all = [
    image("A", 4, { tags: ["alpha-1"] }),
    image("B", 3, { tags: ["beta-1"] }),
    image("C", 2),
    image("D", 1, { tags: ["alpha-2"] }),
  ];
  const combined = [
    image("A", 4, { tags: ["alpha-1", "beta-1"] }),
    image("B", 3),
    image("C", 2, { tags: ["alpha-2"] }),
    image("D", 1, { tags: ["git hash"] }),
    image("E", 1),
  ];
  test.each([
    [
      "multiple rules, A",
      policy([["prod*"], "count", 1], [["beta*"], "count", 1]),
      multiple,
      ["A expires 1"],
    ],
    [
      "multiple rules, B",
      policy([["beta*"], "count", 1], [["prod*"], "count", 1]),
      multiple,
      ["A expires 1", "B expires 1"],
    ],
    [
      "multiple tags in a single rule, A",
      policy([["alpha*", "beta*"], "pushed", 5]),
      severalTags,
      ["C expires 1"],
    ],
    [
      "multiple tags in a single rule, B",
      policy([["alpha*", "beta*"], "count", 1]),
      notExclusive,
      ["A expires 1", "B expires 1"],
    ],
    [
      "all images, A",
      policy(["any", "count", 1]),
      all,
      ["A expires 1", "B expires 1", "C expires 1"],
    ],
    [
      "all images, B",
      policy([["alpha*"], "count", 1], ["untagged", "pushed", 1], ["any", "count", 1]),
      combined,
      ["A expires 1", "B expires 2", "D expires 3"],
    ],
  ])("filtering on %s", (_name, rules, images, outcome) => {
    expect(departures(rules, images)).toEqual(outcome);
  });
});
