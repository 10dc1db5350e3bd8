import { Flags } from "@oclif/core";
import { guardNames, usualGuards } from "../../lifecycle/guards.ts";
import { inUseSources } from "../../retention/guards.ts";
import { targetFlags } from "../flags.ts";

const { image: _, ...where } = targetFlags;

/** Which policy. */
export const policyFlag = {
  policy: Flags.string({
    description: "policy file, JSON or YAML; by default that of slipway.yaml",
    helpValue: "FILE",
  }),
};

/** Which repositories, at which targets. */
export const scopeFlags = {
  repository: Flags.string({
    description:
      "name of a repository, such as team/app; by default the image of slipway.yaml; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "NAME",
  }),
  prefix: Flags.string({
    description: "all repositories whose names begin with this",
    helpValue: "TEXT",
    exclusive: ["repository", "all"],
  }),
  all: Flags.boolean({
    description: "all repositories of the registry",
    exclusive: ["repository", "prefix"],
  }),
  manifest: Flags.string({
    description: "file that maps repositories to policies: the first match wins",
    helpValue: "FILE",
    exclusive: ["policy"],
  }),
  ...where,
  // One value a flag: what follows may be an argument.
  region: Flags.string({
    ...where.region,
    description: "region of the registry; repeatable",
    multiple: true,
    multipleNonGreedy: true,
  }),
  "expect-account": Flags.string({
    ...where["expect-account"],
    multiple: true,
    multipleNonGreedy: true,
  }),
};

const { prefix: _prefix, all: _all, manifest: _manifest, ...named } = scopeFlags;

/** The one repository that is looked at; a second one is refused, and not the first one forgotten. */
export const oneScopeFlags = {
  policy: Flags.string({
    description:
      "policy file, JSON or YAML; by default the policy in place, else that of slipway.yaml",
    helpValue: "FILE",
  }),
  ...named,
  repository: Flags.string({
    description: "name of the repository, such as team/app; by default the image of slipway.yaml",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "REPOSITORY",
  }),
  region: Flags.string({
    ...where.region,
    description: "region of the registry; by default the first target of slipway.yaml",
    multiple: true,
    multipleNonGreedy: true,
  }),
};

/** What must not be taken away. */
export const guardFlags = {
  "in-use": Flags.string({
    description:
      "references of running images, one a line, or the JSON of kubectl get pods, aws ecs describe-tasks, describe-task-definition or aws lambda get-function; - for stdin; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "FILE",
    helpGroup: "GUARD",
  }),
  "in-use-from": Flags.string({
    description:
      "ask these services in the targets' accounts and regions what they run; separate both by a comma",
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ",",
    options: [...inUseSources],
    helpGroup: "GUARD",
  }),
  floating: Flags.string({
    description: "pattern of tags that move, besides latest, 1, 1.4 and the like; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    helpValue: "PATTERN",
    helpGroup: "GUARD",
  }),
  releases: Flags.integer({
    description: "how many of the newest releases to protect",
    default: usualGuards.releases,
    min: 0,
    helpValue: "N",
    helpGroup: "GUARD",
  }),
  "max-share": Flags.integer({
    description: "largest share of a repository's images that may go, in percent",
    default: 100 * usualGuards.maxShare,
    min: 0,
    max: 100,
    helpValue: "PERCENT",
    helpGroup: "GUARD",
  }),
  allow: Flags.string({
    description: "overrule this guard; repeatable",
    multiple: true,
    multipleNonGreedy: true,
    options: [...guardNames],
    helpGroup: "GUARD",
  }),
};

export const removeFlag = {
  remove: Flags.boolean({
    description: "remove the policy in place",
    exclusive: ["policy", "manifest"],
  }),
};

export interface ScopeValues {
  readonly policy?: string | undefined;
  readonly repository?: string[] | undefined;
  readonly prefix?: string | undefined;
  readonly all?: boolean;
  readonly manifest?: string | undefined;
  readonly remove?: boolean;
  readonly config?: string | undefined;
  readonly region?: string[] | undefined;
  readonly account?: string | undefined;
  readonly "expect-account"?: string[] | undefined;
  readonly profile?: string | undefined;
}

export interface GuardValues {
  readonly "in-use"?: string[] | undefined;
  readonly "in-use-from"?: string[] | undefined;
  readonly floating?: string[] | undefined;
  readonly releases: number;
  readonly "max-share": number;
  readonly allow?: string[] | undefined;
}
