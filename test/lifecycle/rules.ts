import { checkPolicy } from "../../src/lifecycle/check.ts";

export type Loose = Record<string, unknown>;

export const base = {
  rulePriority: 1,
  selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 3 },
  action: { type: "expire" },
};

/** The rule `base` with another selection, and with other properties of its own. */
export function rule(selection: Loose, { action = {}, ...own }: Loose & { action?: Loose } = {}) {
  return {
    ...base,
    ...own,
    selection: { ...base.selection, ...selection },
    action: { ...base.action, ...action },
  };
}

export function mistakesIn(document: unknown) {
  const checked = checkPolicy(document);
  return "mistakes" in checked ? checked.mistakes : [];
}

export const tagged = (more: Loose) => rule({ tagStatus: "tagged", ...more });
export const days = { countType: "sinceImagePushed", countUnit: "days" };
export const archived = {
  countType: "sinceImageTransitioned",
  countUnit: "days",
  countNumber: 90,
  storageClass: "archive",
};
export const toArchive = { action: { type: "transition", targetStorageClass: "archive" } };
