import * as z from "zod/mini";
import { statementKinds } from "../release/gate.ts";
import { fields, fullList, list, oneOf, text, yesOrNo } from "./fields.ts";
import { switched } from "./gate-switch.ts";

export const signature = fields(
  "an object with require, cosign, managed",
  {
    mode: z.optional(switched),
    require: z.optional(
      fullList(
        "a list of sbom and provenance",
        oneOf(statementKinds, { description: "What must be stated about the image." }),
        {
          description:
            "What each platform of the image must have beside it in the index: an SBOM (SPDX or CycloneDX), its provenance (SLSA). Other images than a build's are judged too.",
          examples: [["sbom", "provenance"]],
        },
      ),
    ),
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
    managed: z.optional(
      yesOrNo({
        description:
          "Whether ECR's managed signing is waited for: rules of the registry sign what is pushed, by AWS Signer.",
        default: false,
      }),
    ),
  },
  { description: "What is stated about the image and signed of it, before any tag is written." },
);
