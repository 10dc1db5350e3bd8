import * as z from "zod/mini";
import { defaultContext, defaultPlatforms } from "./defaults.ts";
import { either, fields, fullList, list, text, textMap, yesOrNo } from "./fields.ts";

export const platforms = fullList(
  "a list of platforms",
  text(
    "a platform such as linux/arm64",
    { description: "os/architecture[/variant]", examples: ["linux/amd64", "linux/arm/v7"] },
    { form: /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/ },
  ),
  {
    description: "Platforms the image is built for.",
    examples: [["linux/amd64"]],
    default: defaultPlatforms,
  },
);

const secret = either(
  "{id, file}, {id, env}, id=NAME,src=FILE or id=NAME,env=VARIABLE",
  [
    text("id=NAME,src=FILE or id=NAME,env=VARIABLE", {
      description: "As `docker buildx build --secret` takes it.",
      examples: ["id=npm,src=.npmrc", "id=token,env=NPM_TOKEN"],
    }),
    fields(
      "{id, file} or {id, env}",
      {
        id: text("the id of a secret", {
          description: "The id that the Dockerfile mounts.",
          examples: ["npm"],
        }),
        file: z.optional(
          text("a file", { description: "File that holds the secret.", examples: [".npmrc"] }),
        ),
        env: z.optional(
          text("the name of a variable", {
            description: "Environment variable that holds it.",
            examples: ["NPM_TOKEN"],
          }),
        ),
      },
      { description: "A build secret from a file or from an environment variable." },
    ),
  ],
  { description: "One build secret. Its value is never read, logged or kept by Slipway." },
);

const cacheEntry = text("a cache such as type=registry,ref=HOST/NAME:TAG", {
  description: "As docker buildx takes it.",
  examples: ["type=gha", "type=registry,ref=example/cache:main"],
});

export const buildFlags = {
  context: z.optional(
    text(
      "a directory",
      {
        description: "Build context, relative to this file.",
        examples: ["services/api"],
        default: defaultContext,
      },
      { fits: (path) => path !== "-" && !/^\w+:\/\/|^git@/.test(path) },
    ),
  ),
  dockerfile: z.optional(
    text("a path", {
      description:
        "Path of the Dockerfile, relative to this file. Without it: Dockerfile in the context.",
      examples: ["docker/Dockerfile"],
    }),
  ),
  target: z.optional(
    text(
      "the name of a build stage",
      { description: "Stage of the Dockerfile to build.", examples: ["runtime"] },
      { numberLike: true },
    ),
  ),
  args: z.optional(
    textMap("build arguments such as {NODE_VERSION: 24}", /^[^\s=]+$/, {
      description: "Build arguments. They can be read from the image: use secrets for secrets.",
      examples: [{ NODE_VERSION: "24" }],
    }),
  ),
  contexts: z.optional(
    textMap("named contexts such as {base: ../base}", /^[^\s=]+$/, {
      description: "Named contexts: a path, a git URL, docker-image://… or oci-layout://….",
      examples: [{ base: "docker-image://alpine:3.22" }],
    }),
  ),
  builder: z.optional(
    text("the name of a buildx builder", {
      description: "The buildx builder to use; without it buildx's current one.",
      examples: ["big"],
    }),
  ),
};

export const build = fields(
  "build settings",
  {
    ...buildFlags,
    bake: z.optional(
      text("FILE or FILE#TARGET", {
        description:
          "Takes the build from a target of a Compose or bake file, as docker buildx bake --print resolves it. Keys beside it overrule it. Without #TARGET: the target named as the last part of the image's name, or the only one. The targets that its contexts are linked to come with it.",
        examples: ["compose.yaml#api", "docker-bake.hcl"],
      }),
    ),
    secrets: z.optional(
      list("a list of secrets", secret, {
        description: "Secrets that build steps can mount.",
        examples: [["id=npm,src=.npmrc"], [{ id: "token", env: "NPM_TOKEN" }]],
      }),
    ),
    ssh: z.optional(
      list(
        "a list such as [default]",
        text("default or ID=SOCKET", { description: "As docker buildx takes it." }),
        { description: "SSH agents or keys that build steps can mount.", examples: [["default"]] },
      ),
    ),
    labels: z.optional(
      textMap("labels such as {team: payments}", /^[^\s=]+$/, {
        description: "Labels and annotations besides the org.opencontainers.image.* ones.",
        examples: [{ team: "payments" }],
      }),
    ),
    cacheFrom: z.optional(
      list("a list of caches", cacheEntry, {
        description: "Where build caches are read.",
        examples: [["type=gha"]],
      }),
    ),
    cacheTo: z.optional(
      list("a list of caches", cacheEntry, {
        description: "Where the build cache is written.",
        examples: [["type=gha,mode=max,ignore-error=true"]],
      }),
    ),
    noCache: z.optional(yesOrNo({ description: "Build every step anew.", default: false })),
    pull: z.optional(
      yesOrNo({ description: "Ask for newer base images at every build.", default: false }),
    ),
    reproducible: z.optional(
      yesOrNo({
        description:
          "Timestamps of the commit in every layer: the same commit gives the same image, at the price of exporting and uploading every layer anew.",
        default: false,
      }),
    ),
  },
  { description: "How the image is built." },
);
