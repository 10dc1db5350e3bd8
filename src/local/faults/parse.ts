import { operationNames } from "../control/ecr-api.ts";
import { isObject, readJsonFile, wrong } from "../json.ts";
import { matchesWildcard } from "../mutability.ts";
import { isReadMethod, isReadOperation } from "./decide.ts";
import type { Fault, FaultRule, FaultSet } from "./rule.ts";

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value !== "";
const count: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const ordinal: Check = (value) => Number.isInteger(value) && (value as number) >= 1;
const time: Check = (value) => typeof value === "number" && value >= 0 && value <= 86_400_000;
/** One that nobody ever calls is a slip: such a rule would wait for ever. */
const operation: Check = (value) => operationsOf(String(value)).length > 0;

function operationsOf(pattern: string): string[] {
  return [...operationNames, "STS"].filter((name) => matchesWildcard(pattern, name));
}

const oneOf = (...values: readonly unknown[]): Check => {
  return (value) => values.includes(value);
};

interface Field {
  readonly check: Check;
  readonly wants: string;
  readonly required?: boolean;
}

type Fields = Readonly<Record<string, Field>>;

const bytes: Field = { check: count, wants: "a number of bytes" };
const milliseconds: Field = { check: time, wants: "milliseconds, at most a day" };
const status: Field = {
  check: (value) => ordinal(value) && (value as number) >= 200 && (value as number) < 600,
  wants: "an HTTP status from 200",
};

const selectionFields: Fields = {
  operation: { check: operation, wants: "an operation of ECR, such as PutImage, or STS" },
  method: { check: (value) => /^[A-Z]+$/.test(String(value)), wants: "an HTTP method" },
  path: {
    check: (value) => /^[/*][^?]*$/.test(String(value)),
    wants: "a path from its / and without its query, such as /v2/team/app/*",
  },
  plane: { check: oneOf("api", "registry", "storage"), wants: "api, registry or storage" },
  registry: {
    check: (value) => /^\d{12}\/[a-z0-9-]+$/.test(String(value)),
    wants: "ACCOUNT/REGION",
  },
  nth: {
    check: (value) => [value].flat().length > 0 && [value].flat().every(ordinal),
    wants: "a number from 1, or a list of such",
  },
  after: { check: count, wants: "a number of requests" },
  times: { check: ordinal, wants: "a number of requests" },
  probability: {
    check: (value) => typeof value === "number" && value >= 0 && value <= 1,
    wants: "a number from 0 to 1",
  },
};

const faultFields: Readonly<Record<Fault["fault"], Fields>> = {
  status: { status: { ...status, required: true } },
  error: {
    code: { check: text, wants: "an error's code", required: true },
    message: { check: text, wants: "a text" },
    status,
  },
  throttle: {
    perSecond: {
      check: (value) => typeof value === "number" && value > 0,
      wants: "requests a second, more than 0",
    },
    burst: { check: ordinal, wants: "a number of requests" },
  },
  reset: {
    when: {
      check: oneOf("before", "during", "after", "answer"),
      wants: "before, during, after or answer",
      required: true,
    },
    bytes,
  },
  lost: { milliseconds },
  stall: {
    milliseconds: { ...milliseconds, required: true },
    when: { check: oneOf("before", "answer"), wants: "before or answer" },
  },
  slow: { bytesPerSecond: { check: ordinal, wants: "bytes a second", required: true } },
  truncate: { bytes, announced: { check: oneOf("whole", "cut"), wants: "whole or cut" } },
  corrupt: { byte: bytes },
  digest: {},
  "expired-token": { calls: { check: count, wants: "a number of calls", required: true } },
  lag: { reads: { check: ordinal, wants: "a number of reads", required: true } },
};

/** The rules of a JSON file: `{"seed": 7, "rules": [{"operation": "PutImage", "nth": 1, "fault": "lost"}]}`. Throws USAGE. */
export function readFaults(file: string): FaultSet {
  const value = readJsonFile("the faults", file);
  return parseFaults(value, file);
}

/** Checks rules of whatever source; `place` names it in messages. Throws USAGE. */
export function parseFaults(value: unknown, place: string): FaultSet {
  const { rules, seed, ...others } = isObject(value) ? value : { rules: undefined };
  if (!Array.isArray(rules)) throw wrong(place, "has no list of 'rules'");
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw wrong(place, `has '${unknown}' beside 'rules' and 'seed'`);
  if (seed !== undefined && !Number.isInteger(seed)) throw wrong(place, "needs an integer 'seed'");
  const checked = rules.map((rule, at) => parseRule(rule, `${place}, rule ${at + 1},`));
  if (checked.filter(({ fault }) => fault === "lag").length > 1) {
    throw wrong(place, "has more than one rule of fault 'lag'");
  }
  return { rules: checked, ...(seed !== undefined && { seed: seed as number }) };
}

function parseRule(rule: unknown, place: string): FaultRule {
  const kinds = Object.keys(faultFields);
  if (!isObject(rule)) throw wrong(place, "is not an object");
  const { fault, ...given } = rule;
  if (typeof fault !== "string" || !kinds.includes(fault)) {
    throw wrong(place, `needs 'fault' to be one of ${kinds.join(", ")}`);
  }
  const fields = { ...selectionFields, ...faultFields[fault as Fault["fault"]] };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw wrong(place, `has '${unknown}', which '${fault}' does not know`);
  verifyValues(given, fields, place);
  if (given.burst !== undefined && given.perSecond === undefined) {
    throw wrong(place, "has 'burst' without 'perSecond'");
  }
  const checked = rule as unknown as FaultRule;
  const slip = slipOf(checked);
  if (slip !== undefined) throw wrong(place, slip);
  return checked;
}

/** Why a rule would wait for ever, though each of its values is one. */
function slipOf(rule: FaultRule): string | undefined {
  const { fault, operation: called, plane = "api", nth, after = 0 } = rule;
  if (called !== undefined && plane !== "api") {
    return `has 'operation', which requests to the plane '${plane}' have not`;
  }
  if (nth !== undefined && Math.max(...[nth].flat()) <= after) {
    return `hits nothing: 'after' ${after} passes over every 'nth'`;
  }
  if (fault === "expired-token" && plane === "storage") {
    return "expires tokens of the storage, which asks for none: take the fault 'error' with AccessDenied and 403";
  }
  return fault === "lag" ? slipOfLag(rule) : undefined;
}

function slipOfLag({ operation: called, method, plane: given }: FaultRule): string | undefined {
  const what = "the fault 'lag' is of reads, and names those that are late, not the change";
  if (called !== undefined && !operationsOf(called).some(isReadOperation)) {
    return `has the 'operation' ${called}, which reads nothing: ${what}`;
  }
  const plane = called === undefined ? given : "api";
  // The API is asked by POST alone, and the others are read by GET and HEAD.
  const byApi = method === "POST" && (plane ?? "api") === "api";
  const byOthers = method !== undefined && isReadMethod(method) && plane !== "api";
  if (method === undefined || byApi || byOthers) return undefined;
  const where = plane === undefined ? "" : ` at the plane '${plane}'`;
  return `has the 'method' ${method}, which reads nothing${where}: ${what}`;
}

function verifyValues(given: Record<string, unknown>, fields: Fields, place: string): void {
  for (const [name, { check, wants, required }] of Object.entries(fields)) {
    const ok = given[name] === undefined ? !required : check(given[name]);
    if (!ok) throw wrong(place, `needs '${name}' to be ${wants}`);
  }
}
