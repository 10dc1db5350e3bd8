import * as z from "zod/mini";
import { defaultDockerfileGate } from "./defaults.ts";
import { fields, fullList, list, oneOf, text } from "./fields.ts";
import { switched, switchedOr } from "./gate-switch.ts";
import { scan } from "./scan-schema.ts";
import { signature } from "./signature-schema.ts";
import { size } from "./size-schema.ts";
import { smokeShape } from "./smoke-schema.ts";

const contents = switchedOr(
  fields(
    "an object of settings",
    {
      mode: z.optional(switched),
      allow: z.optional(
        list(
          "a list of paths",
          text("a path in the image, or a glob", {
            description: "A path in the image; * and ** stand for names.",
            examples: ["/usr/share/doc/**"],
          }),
          {
            description: "Paths in the image to ignore; `*` and `**` stand for names.",
            examples: [["/opt/demo/certs/*.key"]],
            default: [],
          },
        ),
      ),
      user: z.optional(
        oneOf(["non-root", "warned", "any"], {
          description:
            "Whether running as root is refused (non-root), a warning (warned) or accepted (any).",
          examples: ["non-root"],
          default: "warned",
        }),
      ),
    },
    { description: "Secrets, rights, binaries and the config of the image." },
  ),
  "Looks for secrets, excessive permissions and programs for another machine in the layers and the config.",
);

const dockerfile = switchedOr(
  fields(
    "an object of settings",
    {
      mode: z.optional(switched),
      pin: z.optional(
        oneOf(["digest", "tag", "off"], {
          description:
            "How base images must be pinned: digest refuses one without a digest, tag warns of one without a tag, off accepts all.",
          examples: ["digest"],
          default: defaultDockerfileGate.pin,
        }),
      ),
      ignore: z.optional(
        list(
          "a list of codes",
          text("a code such as HEALTHCHECK_MISSING", { description: "A code of docs/gates.md." }),
          {
            description: "Codes to leave out.",
            examples: [["HEALTHCHECK_MISSING"]],
            default: [],
          },
        ),
      ),
    },
    { description: "What slipway lint finds in the Dockerfile." },
  ),
  "What slipway lint finds in the Dockerfile, before anything is built.",
);

export const gates = fields(
  "an object of gates",
  {
    dockerfile,
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
    contents,
    size,
    scan,
    signature: z.optional(signature),
    smoke: z.optional(
      fields(
        "an object of settings",
        { mode: z.optional(switched), ...smokeShape },
        { description: "Whether the image comes up, works and ends under hardening." },
      ),
    ),
  },
  {
    description:
      "What is checked on the very bytes that will be published, before anything leaves.",
  },
);
