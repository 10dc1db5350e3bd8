/**
 * Operations of `@aws-sdk/client-ecr` 3.1169 that are not here yet. They are named, so that a caller learns the
 * difference between a mistyped operation and one that this server lacks.
 */
export const unsupportedOperations: readonly string[] = [
  "CreatePullThroughCacheRule",
  "DeletePullThroughCacheRule",
  "DeregisterPullTimeUpdateExclusion",
  "DescribePullThroughCacheRules",
  "DescribeReplicationBackfillResults",
  "ListPullTimeUpdateExclusions",
  "ListReplicationBackfills",
  "RegisterPullTimeUpdateExclusion",
  "StartReplicationBackfill",
  "StopReplicationBackfill",
  "UpdatePullThroughCacheRule",
  "ValidatePullThroughCacheRule",
];
