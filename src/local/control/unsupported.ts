/**
 * Operations of `@aws-sdk/client-ecr` 3.1169 that are not here yet. They are named, so that a caller learns the
 * difference between a mistyped operation and one that this server lacks.
 */
export const unsupportedOperations: readonly string[] = [
  "BatchGetRepositoryScanningConfiguration",
  "CreatePullThroughCacheRule",
  "DeletePullThroughCacheRule",
  "DeleteSigningConfiguration",
  "DeregisterPullTimeUpdateExclusion",
  "DescribeImageReplicationStatus",
  "DescribeImageScanFindings",
  "DescribeImageSigningStatus",
  "DescribePullThroughCacheRules",
  "DescribeRegistry",
  "DescribeReplicationBackfillResults",
  "GetRegistryScanningConfiguration",
  "GetSigningConfiguration",
  "ListPullTimeUpdateExclusions",
  "ListReplicationBackfills",
  "PutRegistryScanningConfiguration",
  "PutReplicationConfiguration",
  "PutSigningConfiguration",
  "RegisterPullTimeUpdateExclusion",
  "StartImageScan",
  "StartReplicationBackfill",
  "StopReplicationBackfill",
  "UpdatePullThroughCacheRule",
  "ValidatePullThroughCacheRule",
];
