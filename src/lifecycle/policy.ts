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
