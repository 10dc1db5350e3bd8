import * as z from "zod/mini";
import { isRepositoryName } from "../oci/reference.ts";
import { build, platforms } from "./build-schema.ts";
import { defaultProvenance, defaultTags } from "./defaults.ts";
import { either, fields, list, oneOf, text, yesOrNo } from "./fields.ts";
import { gates } from "./gates-schema.ts";
import { image, repository, targets } from "./registry-schema.ts";

function templates(description: string, preset: readonly string[], example: readonly string[]) {
  const one = text("a tag template", { description: "A tag with {placeholders}." });
  return z.optional(
    either(
      "a tag template or a list of them",
      [one, list("a list of tag templates", one, { description })],
      {
        description,
        examples: [example],
        default: preset,
      },
    ),
  );
}

const tags = fields(
  "tag templates",
  {
    version: templates(
      "Tags of one version. The versions in a registry are read back with the first.",
      defaultTags.version,
      ["v{version}"],
    ),
    commit: templates("Tags of one commit.", defaultTags.commit, ["{branch}-{sha:8}"]),
    floating: templates(
      "Tags that follow the highest version of their line; a prerelease never moves them.",
      defaultTags.floating,
      ["{major}.{minor}", "latest"],
    ),
    channel: templates(
      "Tags that follow the prereleases, such as {channel}: beta for 1.4.0-beta.2.",
      defaultTags.channel,
      ["{channel}"],
    ),
    gitPrefix: z.optional(
      z.string({ error: "expected what stands before the version in git tags, such as v" }).check(
        z.meta({
          description: "Prefix of the version in git tags: v, payments@, payments/v.",
          examples: ["v", "payments/v"],
          default: defaultTags.gitPrefix,
        }),
      ),
    ),
  },
  {
    description:
      "Tag templates. Placeholders: {version} {major} {minor} {patch} {prerelease} {channel} {sha} {sha:N} {branch} {date}.",
  },
);

const attestations = fields(
  "attestation settings",
  {
    provenance: z.optional(
      oneOf(["none", "min", "max"], {
        description: "SLSA provenance attestation.",
        default: defaultProvenance,
      }),
    ),
    sbom: z.optional(
      yesOrNo({ description: "Attach a software bill of materials.", default: false }),
    ),
  },
  { description: "What buildx attests about the image." },
);

const lifecycle = either(
  "the path of a policy file, or a policy",
  [
    text("the path of a policy file", {
      description: "Path of a JSON or YAML policy, relative to this file.",
      examples: ["lifecycle.json"],
    }),
    z.record(z.string(), z.unknown()),
  ],
  {
    description: "Lifecycle policy that every target has after a release: a path or the policy.",
    examples: ["lifecycle.json"],
  },
);

/** What one image of several says of itself; what it leaves out is said at the top. */
const imageSettings = fields(
  "the settings of an image",
  {
    platforms: z.optional(platforms),
    build: z.optional(build),
    tags: z.optional(tags),
    repository: z.optional(repository),
    lifecycle: z.optional(
      text("the path of a policy file", {
        description: "Path of a policy, relative to this file.",
      }),
    ),
    attestations: z.optional(attestations),
    gates: z.optional(gates),
  },
  { description: "What this image has of its own; objects are joined with those at the top." },
);

const imageName = z.string().check(z.refine(isRepositoryName));

const images = z.record(imageName, imageSettings, "expected images by their names").check(
  z.meta({
    description:
      "Several images that are released together, by repository name. Each takes the keys at the top and may have platforms, build, tags, repository, lifecycle, attestations and gates of its own; objects are joined key by key.",
    examples: [
      { "shop/api": { build: { context: "api" } }, "shop/web": { build: { context: "web" } } },
    ],
  }),
);

/** slipway.yaml: the types, the checks and, by `jsonSchema`, the published JSON Schema. */
export const fileSchema = fields(
  "an object with keys such as image and targets",
  {
    image: z.optional(image),
    images: z.optional(images),
    platforms: z.optional(platforms),
    build: z.optional(build),
    tags: z.optional(tags),
    targets: z.optional(targets),
    repository: z.optional(repository),
    lifecycle: z.optional(lifecycle),
    attestations: z.optional(attestations),
    gates: z.optional(gates),
  },
  { description: "How Slipway builds, tags and publishes images." },
);

export type FileConfig = z.infer<typeof fileSchema>;
