import { isObject, type Loose, object } from "../loose.ts";
import { showValue } from "../wording.ts";
import { placeOfRule } from "./fields.ts";
import {
  type MistakePlace,
  type PolicyMistake,
  type PolicyMistakeCode,
  policyMistake,
} from "./grammar.ts";

type Mistakes = readonly PolicyMistake[];

const maxWildcards = 4;
const minArchivedDays = 90;
const lists = ["tagPatternList", "tagPrefixList"] as const;

/**
 * The stage that looks at the properties of one rule together. Properties that are wrong by themselves
 * take no part in it: they have been named already.
 */
export function checkRelations(rule: unknown, index: number): Mistakes {
  if (!isObject(rule)) return [];
  const selection = object(rule.selection);
  const action = object(rule.action);
  const { path, ...which } = placeOfRule(rule, index);
  const inSelection = (name: string) => ({ ...which, path: [...path, "selection", name] });
  const inAction = (name: string) => ({ ...which, path: [...path, "action", name] });
  return [
    ...checkLists(selection, inSelection),
    ...checkWildcards(selection.tagPatternList, inSelection("tagPatternList")),
    ...checkUnit(selection, inSelection),
    ...checkStorageClass(selection, inSelection),
    ...checkAction(selection, action, inAction),
    ...checkArchivedDays(selection, inSelection("countNumber")),
    ...checkTarget(action, inAction("targetStorageClass")),
  ];
}

type PlaceOf = (name: string) => MistakePlace;

function checkLists(selection: Loose, placeOf: PlaceOf): Mistakes {
  const { tagStatus } = selection;
  const present = lists.filter((name) => selection[name] !== undefined && selection[name] !== null);
  const isNamed = lists.some((name) => selection[name] !== undefined);
  if (tagStatus === "tagged" && !isNamed) {
    const message = "tagStatus is tagged, expected tagPatternList or tagPrefixList beside it";
    return [policyMistake("list-required", placeOf("tagStatus"), message)];
  }
  if (tagStatus === "tagged" && present.length === 2) {
    const message = "tagPrefixList stands beside tagPatternList, expected one of them";
    return [policyMistake("list-conflict", placeOf("tagPrefixList"), message)];
  }
  if (tagStatus !== "untagged" && tagStatus !== "any") return [];
  return present.map((name) =>
    policyMistake(
      "list-forbidden",
      placeOf(name),
      `${name} stands beside tagStatus ${tagStatus}, expected no tag list`,
    ),
  );
}

function checkWildcards(patterns: unknown, { path, ...which }: MistakePlace): Mistakes {
  if (!Array.isArray(patterns)) return [];
  return patterns.flatMap((pattern: unknown, index) => {
    const wildcards = typeof pattern === "string" ? pattern.split("*").length - 1 : 0;
    if (wildcards <= maxWildcards) return [];
    const message = `${showValue(pattern)} has ${wildcards} wildcards, expected at most ${maxWildcards}`;
    return [policyMistake("too-many-wildcards", { ...which, path: [...path, index] }, message)];
  });
}

function checkUnit({ countType, countUnit }: Loose, placeOf: PlaceOf): Mistakes {
  const measuresTime = ["sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"];
  if (countType === "imageCountMoreThan" && countUnit !== undefined && countUnit !== null) {
    const message = `countUnit is ${showValue(countUnit)}, expected none beside imageCountMoreThan`;
    return [policyMistake("unit-forbidden", placeOf("countUnit"), message)];
  }
  if (measuresTime.includes(String(countType)) && countUnit === undefined) {
    const message = `countUnit is missing beside ${countType}, expected days`;
    return [policyMistake("unit-required", placeOf("countUnit"), message)];
  }
  return [];
}

function checkStorageClass({ countType, storageClass }: Loose, placeOf: PlaceOf): Mistakes {
  const place = placeOf("storageClass");
  if (countType === "sinceImageTransitioned") {
    if (storageClass !== undefined && storageClass !== "standard") return [];
    const message = `storageClass is ${showValue(storageClass)} beside ${countType}, expected archive`;
    return [policyMistake("class-archive-required", place, message)];
  }
  if (storageClass !== "archive" || countType === undefined) return [];
  const message = `storageClass is 'archive' beside ${countType}, expected standard or none`;
  return [policyMistake("class-archive-forbidden", place, message)];
}

function checkAction({ countType }: Loose, { type }: Loose, placeOf: PlaceOf): Mistakes {
  const wrong = (code: PolicyMistakeCode, expected: string) => {
    const message = `type is '${type}' beside ${countType}, expected ${expected}`;
    return [policyMistake(code, placeOf("type"), message)];
  };
  if (countType === "sinceImagePulled" && type === "expire") {
    return wrong("pulled-only-transitions", "transition");
  }
  if (countType === "sinceImageTransitioned" && type === "transition") {
    return wrong("archived-only-expires", "expire");
  }
  return [];
}

function checkArchivedDays({ countType, countNumber }: Loose, place: MistakePlace): Mistakes {
  if (countType !== "sinceImageTransitioned" || typeof countNumber !== "number") return [];
  if (countNumber < 1 || countNumber >= minArchivedDays) return [];
  const message = `countNumber is ${countNumber} beside ${countType}, expected at least ${minArchivedDays}`;
  return [policyMistake("archived-too-short", place, message)];
}

function checkTarget({ type, targetStorageClass }: Loose, place: MistakePlace): Mistakes {
  if (type === "transition" && targetStorageClass === undefined) {
    const message = "targetStorageClass is missing beside transition, expected archive";
    return [policyMistake("target-required", place, message)];
  }
  if (type === "expire" && targetStorageClass !== undefined && targetStorageClass !== null) {
    const message = `targetStorageClass is ${showValue(targetStorageClass)}, expected none beside expire`;
    return [policyMistake("target-forbidden", place, message)];
  }
  return [];
}
