const action = { type: "expire" };

/** Expires all but so many images of these tags. */
export const byCount = (tagPatternList: readonly string[], countNumber: number) => ({
  selection: { tagStatus: "tagged", tagPatternList, countType: "imageCountMoreThan", countNumber },
  action,
});

/** Expires images that were pushed more days ago. */
export const olderThan = (tagStatus: "any" | "untagged", countNumber: number) => ({
  selection: { tagStatus, countType: "sinceImagePushed", countUnit: "days", countNumber },
  action,
});

/** A policy of these rules, the first one the most important. */
export const policyOf = (...rules: readonly object[]) => ({
  rules: rules.map((rule, at) => ({ rulePriority: at + 1, ...rule })),
});
