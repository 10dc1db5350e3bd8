/** A lifecycle policy document, as ECR keeps it. */
export interface LifecyclePolicy {
  readonly rules: readonly LifecycleRule[];
}

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: LifecycleSelection;
  readonly action: LifecycleAction;
}

export interface LifecycleSelection {
  readonly tagStatus: "tagged" | "untagged" | "any";
  readonly tagPatternList?: readonly string[];
  readonly tagPrefixList?: readonly string[];
  readonly storageClass?: "standard" | "archive";
  readonly countType:
    | "imageCountMoreThan"
    | "sinceImagePushed"
    | "sinceImagePulled"
    | "sinceImageTransitioned";
  readonly countUnit?: "days";
  readonly countNumber: number;
}

export type LifecycleAction =
  | { readonly type: "expire" }
  | { readonly type: "transition"; readonly targetStorageClass: "archive" };

/**
 * The one spelling of all policies that mean the same: rules by priority, lists as sorted sets,
 * properties in a fixed order, the default storage class left out (ECR refuses `standard` on some
 * rules that it accepts without). Descriptions are kept.
 */
export function canonicalPolicy({ rules }: LifecyclePolicy): LifecyclePolicy {
  return { rules: rules.map(canonicalRule).sort((a, b) => a.rulePriority - b.rulePriority) };
}

/** The canonical policy as minified JSON: the text that is sent to ECR. */
export function formatPolicy(policy: LifecyclePolicy): string {
  return JSON.stringify(canonicalPolicy(policy));
}

function canonicalRule({ rulePriority, description, selection, action }: LifecycleRule) {
  return {
    rulePriority,
    ...(description !== undefined && { description }),
    selection: canonicalSelection(selection),
    action:
      action.type === "expire"
        ? { type: action.type }
        : { type: action.type, targetStorageClass: action.targetStorageClass },
  };
}

function canonicalSelection(selection: LifecycleSelection): LifecycleSelection {
  const { tagStatus, tagPatternList, tagPrefixList, storageClass } = selection;
  const { countType, countUnit, countNumber } = selection;
  return {
    tagStatus,
    ...(tagPatternList && { tagPatternList: sortedSet(tagPatternList) }),
    ...(tagPrefixList && { tagPrefixList: sortedSet(tagPrefixList) }),
    ...(storageClass === "archive" && { storageClass }),
    countType,
    ...(countUnit !== undefined && { countUnit }),
    countNumber,
  };
}

// By code unit, not by the machine's locale: the text must be the same everywhere.
function sortedSet(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
