import * as z from "zod/mini";
import { either, fields, fullList, list, oneOf, text } from "./fields.ts";

const modeWords = ["on", "warn", "off"] as const;

/** YAML 1.1 tools write `on` and `off` as truth values. */
const switched = either(
  "on, warn or off",
  [oneOf(modeWords, { description: "Whether it refuses." }), z.boolean()],
  {
    description: "on refuses a release by its errors, warn only tells, off does not look.",
    examples: ["warn"],
    default: "on",
  },
);

export const gates = fields(
  "an object of gates",
  {
    consumer: z.optional(
      fields(
        "an object with for",
        {
          mode: z.optional(switched),
          for: fullList(
            "a list of consumers",
            oneOf(["lambda", "fargate", "ecs", "eks"], {
              description: "Where the image will run.",
            }),
            { description: "Where the image will run.", examples: [["lambda"]] },
          ),
        },
        { description: "Whether the manifests are such as these services take." },
      ),
    ),
    signature: z.optional(
      fields(
        "an object with cosign",
        {
          mode: z.optional(switched),
          cosign: z.optional(
            list(
              "a list of arguments",
              text(
                "an argument of cosign sign, without registry credentials",
                { description: "As cosign sign takes it." },
                { fits: (argument) => !/^--registry-(?:username|password|token)\b/.test(argument) },
              ),
              {
                description:
                  "Arguments of cosign sign: which key, which KMS; an empty list signs keyless. Slipway gives it the digest and the registry's credentials.",
                examples: [["--key", "awskms:///alias/release"], []],
              },
            ),
          ),
        },
        { description: "Signatures on the digest at every target, before any tag is written." },
      ),
    ),
  },
  {
    description:
      "What is checked on the very bytes that will be published, before anything leaves.",
  },
);
