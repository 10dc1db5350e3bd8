import type { Fault, FaultRule, FaultSelection, RequestLogEntry } from "../../src/local/server.ts";
import { amount, drawn } from "./sample.ts";

/** Requests of one kind, as one run makes them undisturbed. */
export interface Kind {
  readonly select: FaultSelection;
  /** Bytes of bodies, the most that one request and one answer had. */
  readonly sent: number;
  readonly answered: number;
  readonly method: string;
}

/** Longer than anybody waits for an answer. */
const forEver = 3_600_000;

/** What is done to the first request of its kind alone. */
const passing: readonly Fault[] = [
  ...[408, 429, 500, 502, 503].map((status): Fault => ({ fault: "status", status })),
  { fault: "throttle" },
  ...(["before", "during", "after", "answer"] as const).map(
    (when): Fault => ({ fault: "reset", when }),
  ),
  { fault: "lost" },
  ...[50, forEver].flatMap((milliseconds): Fault[] => [
    { fault: "stall", milliseconds },
    { fault: "stall", milliseconds, when: "answer" },
  ]),
  { fault: "slow", bytesPerSecond: 20_000 },
  { fault: "truncate" },
  { fault: "truncate", announced: "cut" },
  { fault: "corrupt" },
  { fault: "digest" },
  { fault: "error", code: "ServerException" },
  { fault: "error", code: "BLOB_UPLOAD_INVALID", status: 416 },
];

/** What never ends. */
const lasting: readonly Fault[] = [
  { fault: "status", status: 503 },
  { fault: "status", status: 404 },
  { fault: "reset", when: "before" },
  { fault: "lost" },
  { fault: "stall", milliseconds: forEver },
  { fault: "truncate", announced: "cut" },
  { fault: "digest" },
  { fault: "error", code: "AccessDeniedException" },
  { fault: "error", code: "LimitExceededException" },
  { fault: "error", code: "DENIED", status: 403 },
  { fault: "expired-token", calls: 0 },
  { fault: "lag", reads: 3 },
];

const counts = [1, 2, 3, 5, 8, 13];

/** What is done to requests of all kinds. */
const everywhere: readonly FaultRule[] = [
  ...counts.map((reads): FaultRule => ({ fault: "lag", reads })),
  ...(["api", "registry"] as const).flatMap((plane) =>
    counts.map((calls): FaultRule => ({ fault: "expired-token", calls, plane })),
  ),
];

export interface Cases {
  /** How many there are. */
  readonly all: number;
  readonly drawn: readonly FaultRule[];
}

/** About `usually` many of all faults at these requests, some of every sort. */
export function casesAt(kinds: readonly Kind[], usually: number): Cases {
  const all = [
    ...kinds.flatMap((kind) => [
      ...passing.filter((fault) => canHit(fault, kind)).map((fault) => rule(fault, kind, 1)),
      ...lasting.filter((fault) => canHit(fault, kind)).map((fault) => rule(fault, kind)),
    ]),
    ...everywhere,
  ];
  const sorts = Map.groupBy(all, sortOf);
  return {
    all: all.length,
    drawn: [...sorts.values()].flatMap((of) =>
      drawn(of, Math.ceil((amount(usually) * of.length) / all.length)),
    ),
  };
}

/** As reports tell it. */
export function sortOf(rule: FaultRule): string {
  return isEndless(rule) ? `${rule.fault} for ever` : rule.fault;
}

export function isEndless(rule: FaultRule): boolean {
  return "milliseconds" in rule && rule.milliseconds === forEver;
}

function rule(fault: Fault, { select }: Kind, nth?: number): FaultRule {
  return { ...fault, ...select, ...(nth !== undefined && { nth }) };
}

/** Half of nothing is no fault, and what only a read can suffer no write does. */
function canHit(fault: Fault, { sent, answered, method, select: { operation, path } }: Kind) {
  const isRead = operation
    ? /^(?:BatchCheck|BatchGet|Describe|Get|List)/.test(operation)
    : method !== "POST" && method !== "PUT";
  const isAtStorage = operation === undefined && !path?.startsWith("/v2/");
  switch (fault.fault) {
    case "reset":
      if (fault.when === "during") return sent > 1;
      return fault.when !== "answer" || answered > 1;
    case "stall":
      return fault.when !== "answer" || answered > 1;
    case "truncate":
    case "corrupt":
      return answered > 1;
    case "slow":
      return sent + answered > 0;
    case "digest":
      return !isAtStorage;
    case "expired-token":
      return !isAtStorage;
    case "lag":
      return isRead && !isAtStorage && operation !== "GetAuthorizationToken";
    default:
      return true;
  }
}

/** The kinds of requests in a log. */
export function kindsOf(requests: readonly RequestLogEntry[]): Kind[] {
  const kinds = Map.groupBy(requests, (request) => JSON.stringify(selectionOf(request)));
  return [...kinds.values()].map((of) => {
    const [first] = of as [RequestLogEntry];
    return {
      select: selectionOf(first),
      sent: Math.max(...of.map(({ bytesIn }) => bytesIn)),
      answered: first.method === "HEAD" ? 0 : Math.max(...of.map(({ bytesOut }) => bytesOut)),
      method: first.method,
    };
  });
}

function selectionOf({ operation, method, path }: RequestLogEntry): FaultSelection {
  return operation === undefined ? { method, path: anyDigest(path) } : { operation };
}

function anyDigest(path: string): string {
  return path.replace(/sha256:[0-9a-f]{64}/, "sha256:*").replace(/(uploads\/).+/, "$1*");
}

/** Who was told that a blob is not there is right to send it, though it is. */
export function deniesBlobs({ fault, ...rule }: FaultRule): boolean {
  if (fault === "lag") return rule.operation === undefined;
  return "status" in rule && rule.status === 404 && rule.method === "HEAD";
}

/** Who may not list images leaves floating tags and policies as they are, says so, and has ended well. */
export function deniesLists({ fault, ...rule }: FaultRule): boolean {
  const isDenied = fault === "error" && "code" in rule && rule.code === "AccessDeniedException";
  return isDenied && rule.operation === "DescribeImages";
}
