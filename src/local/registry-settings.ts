import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { damaged, replaceFile } from "./directory.ts";
import type { MutabilitySetting } from "./mutability.ts";
import type { Encryption } from "./repository.ts";

/** What is set for a registry as a whole. */
export interface RegistrySettings {
  readonly format: 1;
  /** Account settings that are not as at first, by name. */
  readonly account: Readonly<Record<string, string>>;
  readonly policy?: string | undefined;
  readonly templates: readonly CreationTemplate[];
  readonly replication: readonly ReplicationRule[];
  readonly scanning?: ScanningSetting | undefined;
  readonly signing?: readonly SigningRule[] | undefined;
}

export type TemplateUse = "CREATE_ON_PUSH" | "PULL_THROUGH_CACHE" | "REPLICATION";

/** How repositories are made that nobody made. */
export interface CreationTemplate {
  /** `ROOT` for every name that no other template fits. */
  readonly prefix: string;
  readonly description?: string | undefined;
  readonly appliedFor: readonly TemplateUse[];
  readonly mutability: MutabilitySetting;
  readonly encryption: Encryption;
  readonly resourceTags: Readonly<Record<string, string>>;
  readonly repositoryPolicy?: string | undefined;
  readonly lifecyclePolicy?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ReplicationRule {
  readonly destinations: readonly { readonly region: string; readonly registryId: string }[];
  /** Beginnings of repository names; none for all. */
  readonly prefixes: readonly string[];
}

export interface ScanningSetting {
  readonly scanType: "BASIC" | "ENHANCED";
  readonly rules: readonly {
    readonly scanFrequency: "SCAN_ON_PUSH" | "CONTINUOUS_SCAN" | "MANUAL";
    /** Wildcard patterns. */
    readonly filters: readonly string[];
  }[];
}

export interface SigningRule {
  /** Of AWS Signer. */
  readonly profileArn: string;
  /** Wildcard patterns of repository names; none for all. */
  readonly filters: readonly string[];
}

const unset: RegistrySettings = { format: 1, account: {}, templates: [], replication: [] };

/** The settings kept in a registry's directory; those of a fresh registry where there are none. */
export function readSettings(directory: string): RegistrySettings {
  const file = join(directory, "settings.json");
  if (!existsSync(file)) return unset;
  const text = readFileSync(file, "utf8");
  try {
    return { ...unset, ...(JSON.parse(text) as RegistrySettings) };
  } catch (cause) {
    throw damaged({ place: file, lost: "what is set for this registry as a whole" }, cause);
  }
}

export function writeSettings(directory: string, settings: RegistrySettings): void {
  mkdirSync(directory, { recursive: true });
  replaceFile(join(directory, "settings.json"), JSON.stringify(settings));
}

/** Where layers may be mounted from one repository into another; off at first. */
export function mountsBlobs({ account }: RegistrySettings): boolean {
  return account.BLOB_MOUNTING === "ENABLED";
}

/**
 * The template for a repository that is about to be made: the longest prefix, a whole part of the name, or `ROOT`.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
 */
export function templateFor(
  { templates }: RegistrySettings,
  name: string,
  use: TemplateUse,
): CreationTemplate | undefined {
  const usable = templates.filter(({ appliedFor }) => appliedFor.includes(use));
  const fitting = usable.filter(({ prefix }) => name.startsWith(`${prefix.replace(/\/$/, "")}/`));
  const [longest] = fitting.toSorted((a, b) => b.prefix.length - a.prefix.length);
  const template = longest ?? usable.find(({ prefix }) => prefix === "ROOT");
  return template && lacksRole(template) ? undefined : template;
}

/**
 * ECR takes a template that asks for tags or a key without the role that may give them, and then makes nothing by it
 * (aws/containers-roadmap#2398).
 */
function lacksRole({ customRoleArn, resourceTags, encryption }: CreationTemplate): boolean {
  const needsRole = Object.keys(resourceTags).length > 0 || encryption.type !== "AES256";
  return needsRole && !customRoleArn;
}
