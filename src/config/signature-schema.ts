import * as z from "zod/mini";
import { fields, list, text } from "./fields.ts";
import { switched } from "./gate-switch.ts";

export const signature = fields(
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
);
