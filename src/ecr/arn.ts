import type { RepositoryId } from "./types.ts";

/** Longest prefixes first; every other region is in the partition `aws`. */
const partitions: readonly (readonly [string, string])[] = [
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-iso-", "aws-iso"],
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["cn-", "aws-cn"],
];

/**
 * A repository as an IAM policy names it; the account is `*` where only the caller's own registry is known.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, and for partitions the SDK's list of endpoints.
 */
export function repositoryArn({ name, registryId = "*" }: RepositoryId, region: string): string {
  const [, partition] = partitions.find(([prefix]) => region.startsWith(prefix)) ?? ["", "aws"];
  return `arn:${partition}:ecr:${region}:${registryId}:repository/${name}`;
}
