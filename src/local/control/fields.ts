import { invalidParameter } from "../refusal.ts";
import { type Check, integer, list, oneOf, optional, shape, text } from "./shape.ts";

/** The fields that many operations share, limited as in the ECR service model (2015-09-21). */
export const repositoryName = text({
  min: 2,
  max: 256,
  pattern: /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
});
export const registryId = optional(text({ pattern: /^[0-9]{12}$/ }));
export const inRepository = { registryId, repositoryName };
export const nextToken = optional(text());
export const maxResults = optional(integer(1, 1000));
export const mediaType = text();
export const imageTag = text({ min: 1, max: 300 });
export const layerDigest = text({ pattern: /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/ });
export const imageId = shape({ imageDigest: optional(text()), imageTag: optional(imageTag) });
export const imageIds = list(imageId, 1, 100);
export const tagStatus = oneOf(["TAGGED", "UNTAGGED", "ANY"]);
export const imageStatus = oneOf(["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"]);
export const imageFilter = optional(
  shape({ tagStatus: optional(tagStatus), imageStatus: optional(imageStatus) }),
);
export const tagMutability = oneOf([
  "IMMUTABLE",
  "MUTABLE",
  "MUTABLE_WITH_EXCLUSION",
  "IMMUTABLE_WITH_EXCLUSION",
]);
export const exclusionFilters = optional(
  list(
    shape({
      filterType: oneOf(["WILDCARD"]),
      filter: text({ min: 1, max: 128, pattern: /^[0-9a-zA-Z._*-]{1,128}$/ }),
    }),
    1,
    5,
  ),
);
export const resourceTag = shape({
  Key: text({ min: 1, max: 128 }),
  Value: text({ max: 256 }),
});
const arnForm = /^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository\/.+$/;

/** The service model has no pattern for it: ECR says so in its own words. */
export const resourceArn: Check<string> = (value, at) => {
  const arn = text()(value, at);
  if (arnForm.test(arn)) return arn;
  throw invalidParameter(at, "Invalid ARN");
};
