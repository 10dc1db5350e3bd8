import type { FindingLevel } from "../../release/gate.ts";
import type { SecretCode } from "./facts.ts";

/** A file that is known by its name, and what must stand in it. */
export interface FileRule {
  readonly path: RegExp;
  /** Absent: the name is enough. */
  readonly looks?: RegExp;
  readonly code: SecretCode;
  readonly level: FindingLevel;
  readonly what: string;
}

/** A value that stands there, and no variable to be put in later nor an example. */
const plain = String.raw`(?!["']?(?:\$|<|\{\{|%|x{3,}|\*{3,}|your|change|example))["']?[^\s"'#]{6,}`;
/** On the same line: what follows an empty one is the next setting. */
const value = String.raw`[ \t]*${plain}`;

/**
 * The files in which tools keep what they log in with, from the tools' own manuals. What stands before a name is looked
 * for on its own line alone: over a megabyte of empty lines a search would take minutes.
 */
export const fileRules: readonly FileRule[] = [
  login(
    /(?:^|\/)\.npmrc$/,
    new RegExp(`^[^#;\\n]*(?:_authToken|_auth|_password)[ \\t]*=${value}`, "m"),
    "an npm login",
  ),
  login(
    /(?:^|\/)\.yarnrc\.yml$/,
    new RegExp(`^[ \\t]*npmAuth(?:Token|Ident):${value}`, "m"),
    "a Yarn login",
  ),
  login(
    /(?:^|\/)\.pypirc$/,
    new RegExp(`^[ \\t]*password[ \\t]*[=:]${value}`, "m"),
    "a PyPI login",
  ),
  login(/(?:^|\/)(?:pip\.conf|pip\.ini)$/, /:\/\/[^\s/:@$]*:[^\s/@$]+@/, "a Python index's login"),
  login(
    /(?:^|\/)\.gem\/credentials$/,
    new RegExp(`^[ \\t]*:\\w*api_key:${value}`, "m"),
    "a RubyGems key",
  ),
  login(
    /(?:^|\/)\.cargo\/credentials(?:\.toml)?$/,
    new RegExp(`^[ \\t]*token[ \\t]*=${value}`, "m"),
    "a Cargo token",
  ),
  login(
    /(?:^|\/)\.m2\/settings\.xml$/,
    /<password>(?!\$\{|\{)[^<\s]{4,}<\/password>/,
    "a Maven login",
  ),
  login(/(?:^|\/)[._]netrc$/, new RegExp(`\\bpassword\\s+${plain}`), "a login for a host"),
  login(/(?:^|\/)\.git-credentials$/, /^https?:\/\/[^\s:@/]*:[^\s@/]+@/m, "a login for a git host"),
  {
    path: /(?:^|\/)(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
    looks: /"(?:auth|identitytoken|registrytoken)"\s*:\s*"[^"\s]{6,}"/,
    code: "REGISTRY_LOGIN",
    level: "error",
    what: "a container registry's login",
  },
  {
    path: /(?:^|\/)\.aws\/credentials$/,
    looks: /^[ \t]*aws_secret_access_key[ \t]*=[ \t]*(?!.*EXAMPLE)[A-Za-z0-9/+]{40}\s*$/m,
    code: "CLOUD_CREDENTIALS",
    level: "error",
    what: "an AWS secret access key",
  },
  {
    path: /(?:^|\/)application_default_credentials\.json$/,
    looks: /"refresh_token"\s*:\s*"[^"]{8,}"/,
    code: "CLOUD_CREDENTIALS",
    level: "error",
    what: "a Google Cloud login",
  },
  {
    path: /(?:^|\/)(?:\.kube\/config|kubeconfig(?:\.ya?ml)?)$/,
    looks: new RegExp(`^[ \\t-]*(?:client-key-data|token|password):${value}`, "m"),
    code: "CLUSTER_CREDENTIALS",
    level: "error",
    what: "a Kubernetes login",
  },
  {
    path: /(?:^|\/)[^/]*\.tfstate(?:\.backup)?$/,
    looks: /"(?:resources|modules)"\s*:\s*\[\s*\{/,
    code: "STATE_FILE",
    level: "error",
    what: "a Terraform state, which holds every attribute in clear",
  },
  {
    path: /(?:^|\/)\.env(?:\.(?!(?:[\w.]*\.)?(?:example|sample|template|tmpl|dist|defaults?|schema)$)[\w.-]+)?$/,
    looks: new RegExp(
      `^[ \\t]*(?:export[ \\t]+)?\\w{0,100}(?:TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY)\\w{0,100}[ \\t]*=${value}`,
      "im",
    ),
    code: "ENV_FILE",
    level: "error",
    what: "an environment file with a secret",
  },
  {
    path: /(?:^|\/)\.env(?:\.(?:local|development|production|staging|test)(?:\.local)?)?$/,
    code: "ENV_FILE",
    level: "warning",
    what: "an environment file",
  },
  {
    path: /(?:^|\/)\.git\/HEAD$/,
    looks: /^(?:ref: |[0-9a-f]{40})/,
    code: "GIT_HISTORY",
    level: "error",
    what: "a git repository with its history",
  },
];

function login(path: RegExp, looks: RegExp, what: string): FileRule {
  return { path, looks, code: "PACKAGE_TOKEN", level: "error", what };
}
