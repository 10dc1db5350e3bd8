import * as z from "zod/mini";
import { scanSeverities } from "../release/gate.ts";
import { fields, list, oneOf, text, yesOrNo } from "./fields.ts";
import { switched, switchedOr } from "./gate-switch.ts";

export const scan = switchedOr(
  fields(
    "an object of settings",
    {
      mode: z.optional(switched),
      with: z.optional(
        oneOf(["trivy", "grype", "ecr"], {
          description:
            "Who looks: trivy or grype of this machine at the layout, or ECR at what is at the targets and has no tag yet.",
          examples: ["ecr"],
          default: "trivy",
        }),
      ),
      fail: z.optional(
        fields(
          "an object with severity, fixable, new, olderThan",
          {
            severity: z.optional(
              oneOf(scanSeverities, {
                description: "A vulnerability of this severity or worse refuses.",
                examples: ["high"],
                default: "critical",
              }),
            ),
            fixable: z.optional(
              yesOrNo({ description: "Refuse only what a newer version fixes.", default: false }),
            ),
            new: z.optional(
              yesOrNo({
                description:
                  "Refuse only what the release before did not have, and warn of the rest. Without a scan of that release all counts as new.",
                default: false,
              }),
            ),
            olderThan: z.optional(
              text(
                "a number of days such as 30d",
                {
                  description: "Refuse only what has been known for this long, or has no date.",
                  examples: ["30d"],
                },
                { form: /^\d{1,4}d$/ },
              ),
            ),
          },
          { description: "Which vulnerabilities refuse; the others are counted." },
        ),
      ),
      ignore: z.optional(
        list(
          "a list of {id, reason, until}",
          fields(
            "{id, reason, until}",
            {
              id: text("the id of a vulnerability", {
                description: "Its id, as the scanner writes it.",
                examples: ["CVE-2026-1234"],
              }),
              reason: text("why it is borne", {
                description: "Why it is acceptable.",
                examples: ["the affected function is not called"],
              }),
              until: text(
                "a date such as 2027-03-31",
                {
                  description: "The last day on which it is ignored.",
                  examples: ["2027-03-31"],
                },
                {
                  form: /^\d{4}-\d{2}-\d{2}$/,
                  fits: (day) => new Date(day).toJSON()?.startsWith(day) ?? false,
                },
              ),
            },
            { description: "A vulnerability that is borne for a while." },
          ),
          {
            description: "Vulnerabilities to ignore until a day.",
            examples: [[{ id: "CVE-2026-1234", reason: "not called", until: "2027-03-31" }]],
          },
        ),
      ),
    },
    { description: "Whether packages with known vulnerabilities are in the image." },
  ),
  "Whether packages with known vulnerabilities are in the image.",
);
