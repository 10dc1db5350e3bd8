import * as z from "zod/mini";
import { isRepositoryName } from "../oci/reference.ts";
import { either, fields, fullList, list, oneOf, text, textMap, yesOrNo } from "./fields.ts";

export const image = text(
  "a repository name such as payments/api: lower case, two characters or more, no host, no tag",
  {
    description: "Name of the ECR repository, the same at every target: no host, no tag.",
    examples: ["payments/api"],
  },
  { fits: isRepositoryName },
);

const regionForm = /^[a-z]{2,}(?:-[a-z]+)+-\d+$/;
const accountForm = /^\d{12}$/;

export function isRegion(found: string): boolean {
  return regionForm.test(found);
}

export const region = text(
  "an AWS region such as eu-west-1",
  { description: "AWS region.", examples: ["eu-west-1"] },
  { form: regionForm },
);

export const account = text(
  "an AWS account of 12 digits",
  { description: "AWS account of the registry, 12 digits.", examples: ["012345678901"] },
  { form: accountForm, numberLike: true },
);

export const profile = text("the name of an AWS profile", {
  description: "Profile of the AWS configuration files to take credentials from.",
  examples: ["release"],
});

const target = either(
  "a region, or an object with a region",
  [
    region,
    fields(
      "a target such as {region: eu-west-1}",
      {
        region,
        account: z.optional(account),
        profile: z.optional(profile),
        role: z.optional(
          text(
            "the ARN of an IAM role",
            {
              description: "IAM role to assume for this target.",
              examples: ["arn:aws:iam::012345678901:role/release"],
            },
            { form: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/ },
          ),
        ),
        externalId: z.optional(
          text(
            "an external id of 2 to 1224 characters",
            {
              description: "External id that the role's trust policy asks for.",
              examples: ["slipway-release"],
            },
            { form: /^[\w+=,.@:/-]{2,1224}$/, numberLike: true },
          ),
        ),
        sessionName: z.optional(
          text(
            "a session name of 2 to 64 characters",
            {
              description:
                "Name of the role's session, as CloudTrail shows it; without it slipway.",
              examples: ["release-of-payments"],
            },
            { form: /^[\w+=,.@-]{2,64}$/, numberLike: true },
          ),
        ),
      },
      { description: "One registry: a region, and whose it is." },
    ),
  ],
  { description: "One registry to publish to: a region, or an object." },
);

export const targets = either(
  "a target or a list of targets",
  [target, fullList("a list of targets", target, { description: "Registries to publish to." })],
  {
    description: "The registries to publish to.",
    examples: ["eu-west-1", [{ region: "eu-west-1", account: "012345678901" }]],
  },
);

const encryptionType = oneOf(["AES256", "KMS", "KMS_DSSE"], {
  description: "Encryption of a new repository.",
  default: "AES256",
});

const neighbour = text(
  "a repository name such as base/node: lower case, two characters or more, no host, no tag",
  { description: "A repository of the same registry.", examples: ["base/node"] },
  { fits: isRepositoryName },
);

export const repository = fields(
  "repository settings",
  {
    create: z.optional(
      yesOrNo({ description: "Create the repository where it is absent.", default: false }),
    ),
    mutability: z.optional(
      oneOf(["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"], {
        description:
          "Tag mutability of a new repository. Without it version and commit tags are locked and floating tags are free.",
        // An example that holds with the usual floating tags: IMMUTABLE locks them too, and no filter tells 1.4 from 1.4.0.
        examples: ["MUTABLE_WITH_EXCLUSION"],
      }),
    ),
    mutabilityExclusions: z.optional(
      list(
        "a list of tag filters",
        text(
          "a tag filter of 1 to 128 characters with at most two *",
          { description: "A tag with at most two wildcards (*).", examples: ["1.*.*"] },
          {
            form: /^[0-9a-zA-Z._*-]{1,128}$/,
            fits: (filter) => filter.split("*").length <= 3,
            numberLike: true,
          },
        ),
        {
          description: "Tags that *_WITH_EXCLUSION exempts: at most five filters.",
          examples: [["1.*.*", "sha-*"]],
        },
      ),
    ),
    scanOnPush: z.optional(
      yesOrNo({ description: "Basic scan on push for a new repository.", default: false }),
    ),
    mountFrom: z.optional(
      either(
        "a repository name or a list of them",
        [neighbour, list("a list of repository names", neighbour, { description: "Neighbours." })],
        {
          description:
            "Repositories of the same registry whose layers are mounted instead of uploaded, where the account has blob mounting on.",
          examples: ["base/node", ["base/node", "base/python"]],
        },
      ),
    ),
    encryption: z.optional(
      either(
        "AES256, KMS, KMS_DSSE or {type, kmsKey}",
        [
          encryptionType,
          fields(
            "{type, kmsKey}",
            {
              type: encryptionType,
              kmsKey: z.optional(
                text(
                  "a KMS key",
                  { description: "KMS key: ARN, id or alias.", examples: ["alias/ecr"] },
                  { numberLike: true },
                ),
              ),
            },
            { description: "Encryption with a KMS key of your own." },
          ),
        ],
        {
          description: "Encryption of a new repository.",
          examples: ["KMS", { type: "KMS", kmsKey: "alias/ecr" }],
          default: "AES256",
        },
      ),
    ),
    resourceTags: z.optional(
      textMap("resource tags such as {team: payments}", /^(?!aws:).{1,128}$/u, {
        description: "AWS resource tags of a new repository.",
        examples: [{ team: "payments" }],
      }),
    ),
  },
  {
    description:
      "How a repository is created. An existing one stays as it is, but for the tag filters of a new major version that Slipway itself chose.",
  },
);
