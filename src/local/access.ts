import { Refusal } from "./refusal.ts";

/** An IAM action that nobody may use here, at one repository or at all of them. */
export interface Denial {
  /** Without its prefix: `PutImage`. */
  readonly action: string;
  readonly repository?: string;
}

/** Who asks for what: everything that an IAM decision is worded with. */
export interface Access {
  readonly principal: string;
  readonly action: string;
  /** Absent where the action is not about single repositories. */
  readonly repository?: string | undefined;
  /** The ARN of the repository, or `*`. */
  readonly resource: string;
}

/**
 * Actions that a request of the registry API stands for, the first that counts.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html and, for pulling,
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
const registryActions: readonly (readonly [string, RegExp, string])[] = [
  ["POST", /\/blobs\/uploads\/?$/, "InitiateLayerUpload"],
  ["PATCH", /\/blobs\/uploads\/[^/]+$/, "UploadLayerPart"],
  ["PUT", /\/blobs\/uploads\/[^/]+$/, "CompleteLayerUpload"],
  ["HEAD", /\/blobs\/[^/]+$/, "BatchCheckLayerAvailability"],
  ["GET", /\/blobs\/[^/]+$/, "GetDownloadUrlForLayer"],
  ["PUT", /\/manifests\/[^/]+$/, "PutImage"],
  ["DELETE", /\/manifests\/[^/]+$/, "BatchDeleteImage"],
  ["HEAD", /\/manifests\/[^/]+$/, "BatchGetImage"],
  ["GET", /\/manifests\/[^/]+$/, "BatchGetImage"],
  ["GET", /\/referrers\/[^/]+$/, "BatchGetImage"],
  ["GET", /\/tags\/list$/, "ListImages"],
];

/**
 * The IAM actions that a request of the registry API needs; none for what needs a token alone. A body
 * that comes with the end of an upload is a part of it, and needs both.
 */
export function registryActionsOf(method: string, path: string): readonly string[] {
  const found = registryActions.find(([verb, form]) => verb === method && form.test(path));
  if (found === undefined) return [];
  const [, , action] = found;
  return action === "CompleteLayerUpload" ? ["UploadLayerPart", action] : [action];
}

/** The IAM action of an API operation: its own name, but for referrers (API_ListImageReferrers). */
export function actionOf(operation: string): string {
  return operation === "ListImageReferrers" ? "BatchGetImage" : operation;
}

/** Throws AccessDeniedException in IAM's own words when a denial is about this access. */
export function verifyAllowed(denials: readonly Denial[], access: Access): void {
  const { principal, action, repository, resource } = access;
  const denied = denials.some(
    (denial) =>
      denial.action === action &&
      (denial.repository === undefined || denial.repository === repository),
  );
  if (!denied) return;
  throw new Refusal(
    "AccessDeniedException",
    `User: ${principal} is not authorized to perform: ecr:${action} on resource: ${resource} because no identity-based policy allows the ecr:${action} action`,
  );
}
