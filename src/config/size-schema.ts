import * as z from "zod/mini";
import { byteSize, shareOrSize } from "./byte-size.ts";
import { either, fields, list, text } from "./fields.ts";
import { switched, switchedOr } from "./gate-switch.ts";

const bytes = (description: string, example: string) =>
  z.optional(
    text(
      "a size such as 200MB or 1.5GiB",
      { description, examples: [example] },
      { form: byteSize },
    ),
  );

const limit = text(
  "a share such as 10% or a size such as 20MB",
  { description: "Per cent or bytes.", examples: ["10%"] },
  { form: shareOrSize },
);

export const size = switchedOr(
  fields(
    "an object of limits",
    {
      mode: z.optional(switched),
      budget: bytes("The most that a platform may weigh compressed, as it is pulled.", "200MB"),
      unpacked: bytes("The most that a platform may take on a disk, all layers.", "600MB"),
      growth: z.optional(
        either(
          "a limit, or a list of two",
          [limit, list("a list of limits", limit, { description: "Passing any of them refuses." })],
          {
            description:
              "How much more than the release before it a platform may weigh, in per cent, in bytes, or both.",
            examples: ["10%", ["10%", "20MB"]],
          },
        ),
      ),
    },
    { description: "Limits of what an image weighs." },
  ),
  "What each platform and each layer weighs, and limits for it.",
);
