import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseFaults, readFaults } from "../../../src/local/faults/parse.ts";

const folder = mkdtempSync(join(tmpdir(), "faults-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("rules are read from a file as they stand there", () => {
  const set = {
    seed: 7,
    rules: [
      { operation: "PutImage", nth: [1, 2], fault: "lost" },
      { operation: "Batch*", fault: "throttle" },
      { operation: "STS", fault: "throttle" },
      { method: "PATCH", path: "/v2/*", probability: 0.1, fault: "reset", when: "during" },
      { plane: "storage", fault: "slow", bytesPerSecond: 1000 },
      { fault: "error", code: "TOOMANYREQUESTS", status: 429, message: "Rate exceeded" },
    ],
  };
  const file = join(folder, "faults.json");
  writeFileSync(file, JSON.stringify(set));
  expect(readFaults(file)).toEqual(set);
});

test("a file that is none, or not of JSON, is named", () => {
  const file = join(folder, "other.json");
  const message = `the faults of '${file}' cannot be read: it must be a file of JSON`;
  expect(() => readFaults(file)).toThrow(
    `the faults of '${file}' cannot be read: there is no such file`,
  );
  writeFileSync(file, "rules:\n");
  expect(() => readFaults(file)).toThrow(message);
});

test.each<[unknown, string]>([
  [[], "f has no list of 'rules'"],
  [{ rules: [], seeds: 1 }, "f has 'seeds' beside 'rules' and 'seed'"],
  [{ rules: [], seed: "x" }, "f needs an integer 'seed'"],
  [{ rules: [1] }, "f, rule 1, is not an object"],
  [{ rules: [{ fault: "toString" }] }, "f, rule 1, needs 'fault' to be one of status, error"],
  [
    { rules: [{ fault: "throttle" }, { fault: "status" }] },
    "f, rule 2, needs 'status' to be an HTTP status from 200",
  ],
  [
    { rules: [{ operation: "PutImge", fault: "lost" }] },
    "f, rule 1, needs 'operation' to be an operation of ECR, such as PutImage, or STS",
  ],
  [
    { rules: [{ fault: "lost", when: "before" }] },
    "f, rule 1, has 'when', which 'lost' does not know",
  ],
  [
    { rules: [{ fault: "stall", milliseconds: 1e9 }] },
    "f, rule 1, needs 'milliseconds' to be milliseconds, at most a day",
  ],
  [
    { rules: [{ fault: "throttle", nth: [0] }] },
    "f, rule 1, needs 'nth' to be a number from 1, or a list of such",
  ],
  [
    { rules: [{ fault: "throttle", perSecond: 0 }] },
    "f, rule 1, needs 'perSecond' to be requests a second, more than 0",
  ],
  [
    { rules: [{ fault: "throttle", perSecond: 9, burst: 0.5 }] },
    "f, rule 1, needs 'burst' to be a number of requests",
  ],
  [{ rules: [{ fault: "throttle", burst: 9 }] }, "f, rule 1, has 'burst' without 'perSecond'"],
  [
    { rules: [{ fault: "throttle", registry: "us-east-1" }] },
    "f, rule 1, needs 'registry' to be ACCOUNT/REGION",
  ],
  [
    { rules: [1, 2].map((reads) => ({ fault: "lag", reads })) },
    "f has more than one rule of fault 'lag'",
  ],
  [
    { rules: [{ fault: "lost", nth: [] }] },
    "f, rule 1, needs 'nth' to be a number from 1, or a list of such",
  ],
  [
    { rules: [{ fault: "lost", nth: [1, 2], after: 2 }] },
    "f, rule 1, hits nothing: 'after' 2 passes over every 'nth'",
  ],
  ...["v2/team/app/*", "/v2/team/app/tags/list?n=2"].map((path): [unknown, string] => [
    { rules: [{ fault: "lost", path }] },
    "f, rule 1, needs 'path' to be a path from its / and without its query, such as /v2/team/app/*",
  ]),
  [
    { rules: [{ fault: "lost", operation: "PutImage", plane: "registry" }] },
    "f, rule 1, has 'operation', which requests to the plane 'registry' have not",
  ],
  [
    { rules: [{ fault: "expired-token", calls: 3, plane: "storage" }] },
    "f, rule 1, expires tokens of the storage, which asks for none",
  ],
  [
    { rules: [{ fault: "lag", reads: 3, operation: "Put*" }] },
    "f, rule 1, has the 'operation' Put*, which reads nothing: the fault 'lag' is of reads, and names those that are late, not the change",
  ],
  [
    { rules: [{ fault: "lag", reads: 3, method: "PUT" }] },
    "f, rule 1, has the 'method' PUT, which reads nothing: the fault 'lag' is of reads",
  ],
  ...[
    ["registry", "POST", {}],
    ["api", "GET", {}],
    ["api", "GET", { operation: "Describe*", plane: undefined }],
  ].map(([plane, method, more]): [unknown, string] => [
    { rules: [{ fault: "lag", reads: 3, plane, method, ...(more as object) }] },
    `f, rule 1, has the 'method' ${method}, which reads nothing at the plane '${plane}': the fault 'lag' is of reads`,
  ]),
])("%j is refused", (value, message) => {
  expect(() => parseFaults(value, "f")).toThrow(message);
});
