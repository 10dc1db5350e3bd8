import { type Loose, list, object } from "../loose.ts";
import { showValue } from "../wording.ts";
import type { ConfigMistake } from "./mistakes.ts";
import { checkSecrets } from "./secrets.ts";
import { checkTemplates } from "./templates.ts";

const maxExclusions = 5;
const maxResourceTags = 50;

/**
 * What is wrong between the fields of the file. It reads the raw value, so that these mistakes stand
 * beside those of single fields; what has not the right type is passed over, the schema has named it.
 */
export function checkRelations(file: unknown): readonly ConfigMistake[] {
  const { tags, build, targets, repository, gates } = object(file);
  return [
    ...checkSecrets(object(build).secrets),
    ...checkTemplates(tags),
    ...checkTargets(targets),
    ...checkExclusions(object(repository)),
    ...checkEncryption(object(repository).encryption),
    ...checkResourceTags(object(repository).resourceTags),
    ...checkProbe(object(object(gates).smoke).probe),
  ];
}

function wrong(path: ConfigMistake["path"], message: string): readonly ConfigMistake[] {
  return [{ path, part: "value", message }];
}

function checkTargets(targets: unknown): readonly ConfigMistake[] {
  const listed = Array.isArray(targets);
  const each: readonly unknown[] = listed ? targets : [targets];
  const names = each.map((target) => JSON.stringify(registryOf(target)));
  return each.flatMap((target, index) => {
    const path = listed ? ["targets", index] : ["targets"];
    const isRepeated = names.indexOf(names[index] ?? "") < index;
    return [
      ...(isRepeated ? wrong(path, "expected a target of its own, found the same one again") : []),
      ...checkRole(object(target), path),
    ];
  });
}

function registryOf(target: unknown): readonly unknown[] {
  if (typeof target === "string") return [target];
  const { region, account, profile, role } = object(target);
  return [region, account, profile, role].filter((part) => part !== undefined);
}

function checkRole(
  { role, externalId, sessionName }: Loose,
  path: ConfigMistake["path"],
): readonly ConfigMistake[] {
  if (role !== undefined) return [];
  return Object.entries({ externalId, sessionName })
    .filter(([, value]) => value !== undefined)
    .flatMap(([name]) => wrong([...path, name], `expected a role beside ${name}, found none`));
}

function checkExclusions({ mutability, mutabilityExclusions }: Loose): readonly ConfigMistake[] {
  const path = ["repository", "mutabilityExclusions"];
  const excludes = typeof mutability === "string" && mutability.endsWith("_WITH_EXCLUSION");
  const filters = list(mutabilityExclusions);
  if (excludes && filters.length === 0) {
    return wrong(path, `expected at least one filter beside mutability ${mutability}, found none`);
  }
  if (filters.length > maxExclusions) {
    return wrong(path, `expected at most ${maxExclusions} filters, found ${filters.length}`);
  }
  if (excludes || filters.length === 0) return [];
  const found = mutability === undefined ? "no mutability" : showValue(mutability);
  return wrong(
    path,
    `expected mutability to be MUTABLE_WITH_EXCLUSION or IMMUTABLE_WITH_EXCLUSION, found ${found}`,
  );
}

function checkEncryption(encryption: unknown): readonly ConfigMistake[] {
  const { type, kmsKey } = object(encryption);
  if (type !== "AES256" || kmsKey === undefined) return [];
  const path = ["repository", "encryption", "kmsKey"];
  return wrong(path, `expected no key beside AES256, found ${showValue(kmsKey)}`);
}

function checkResourceTags(resourceTags: unknown): readonly ConfigMistake[] {
  const entries = Object.entries(object(resourceTags));
  const path = ["repository", "resourceTags"];
  const long = entries.filter(([, value]) => typeof value === "string" && value.length > 256);
  return [
    ...(entries.length > maxResourceTags
      ? wrong(path, `expected at most ${maxResourceTags} resource tags, found ${entries.length}`)
      : []),
    ...long.flatMap(([key, value]) =>
      wrong([...path, key], `expected at most 256 characters, found ${showValue(value)}`),
    ),
  ];
}

function checkProbe(probe: unknown): readonly ConfigMistake[] {
  if (probe === undefined) return [];
  const kinds = Object.keys(object(probe)).filter((key) => ["http", "tcp", "exec"].includes(key));
  if (kinds.length === 1) return [];
  const found = kinds.length === 0 ? "none" : kinds.join(" and ");
  return wrong(["gates", "smoke", "probe"], `expected one of http, tcp and exec, found ${found}`);
}
