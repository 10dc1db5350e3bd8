import * as z from "zod/mini";
import { either, fields, fullList, oneOf } from "./fields.ts";

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
  },
  {
    description:
      "What is checked on the very bytes that will be published, before anything leaves.",
  },
);
