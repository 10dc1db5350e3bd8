const tagList = (description: string) => ({
  description,
  type: "array",
  minItems: 1,
  items: { type: "string", minLength: 1 },
});

const count = (description: string) => ({ description, type: "integer", minimum: 1 });

const selection = {
  description: "Which images the rule is about.",
  type: "object",
  additionalProperties: false,
  required: ["tagStatus", "countType", "countNumber"],
  properties: {
    tagStatus: {
      description: "tagged needs exactly one of the two lists; the others take none.",
      enum: ["tagged", "untagged", "any"],
    },
    tagPatternList: tagList(
      "Patterns with at most 4 wildcards (*). An image must match all of them: one rule per family of tags.",
    ),
    tagPrefixList: tagList(
      "Prefixes. An image must match all of them: one rule per family of tags.",
    ),
    storageClass: {
      description: "archive with sinceImageTransitioned, else standard.",
      enum: ["standard", "archive"],
    },
    countType: {
      description: "A number of images to keep, or an age from which the rule acts.",
      enum: [
        "imageCountMoreThan",
        "sinceImagePushed",
        "sinceImagePulled",
        "sinceImageTransitioned",
      ],
    },
    countUnit: { description: "With every countType but imageCountMoreThan.", enum: ["days"] },
    countNumber: count("Images to keep, or days."),
  },
} as const;

const action = {
  description: "What happens to the images that the rule acts on.",
  type: "object",
  additionalProperties: false,
  required: ["type"],
  properties: {
    type: { enum: ["expire", "transition"] },
    targetStorageClass: { description: "With transition only.", enum: ["archive"] },
  },
} as const;

/**
 * A lifecycle policy as editors know it: properties, words and ranges. How properties depend on each
 * other is checked by `checkPolicy` alone.
 */
export const policyJsonSchema = {
  description: "An ECR lifecycle policy.",
  type: "object",
  additionalProperties: false,
  required: ["rules"],
  properties: {
    rules: {
      type: "array",
      minItems: 1,
      maxItems: 50,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["rulePriority", "selection", "action"],
        properties: {
          rulePriority: count("The lowest number goes first; each number once."),
          description: { type: "string" },
          selection,
          action,
        },
      },
    },
  },
} as const;
