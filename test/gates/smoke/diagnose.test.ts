import { expect, test } from "vitest";
import { diagnose, type Evidence } from "../../../src/gates/smoke/diagnose.ts";
import { writtenPlaces } from "../../../src/gates/smoke/written.ts";
import { containerPlan } from "../../support/smoke.ts";

const state = { running: false, exitCode: 1, oomKilled: false, error: "", ports: {} };
const exited = { outcome: "exited", state, lines: ["no room"], seconds: 0.4 } as const;
const ready = { outcome: "ready", state, lines: [], seconds: 0.4 } as const;

const evidence = (changes: Partial<Evidence>): Evidence => ({
  plan: containerPlan(),
  sign: { kind: "health" },
  trial: exited,
  experiments: [],
  native: "linux/amd64",
  ...changes,
});
const helped = (...loosened: readonly Evidence["experiments"][number]["loosened"][number][]) => ({
  loosened,
  worked: true,
  written: ["/var", "/var/lib", "/var/lib/app", "/var/lib/app/state"],
});
const codesOf = (changes: Partial<Evidence>) => diagnose(evidence(changes)).map(({ code }) => code);

test.each([
  ["SMOKE_EXITED", {}],
  ["SMOKE_NOT_READY", { trial: { ...exited, outcome: "late" } }],
  ["SMOKE_START", { trial: { ...exited, outcome: "unstarted" } }],
  ["SMOKE_SETTINGS", { trial: { ...exited, outcome: "unmade" } }],
  ["SMOKE_MEMORY", { trial: { ...exited, state: { ...state, oomKilled: true } } }],
  ["SMOKE_MEMORY", { trial: { ...exited, state: { ...state, exitCode: 137 } } }],
  ["SMOKE_READ_ONLY", { experiments: [helped("files")] }],
  ["SMOKE_CAPABILITY", { experiments: [helped("capabilities")] }],
  ["SMOKE_NEEDS_ROOT", { experiments: [helped("user")] }],
  ["SMOKE_PORT", { experiments: [helped("ports")] }],
  ["SMOKE_HARDENING", { experiments: [helped("files", "user")] }],
  ["SMOKE_READ_ONLY", { experiments: [helped("files", "user"), helped("files")] }],
  [
    "SMOKE_EMULATION",
    { native: "linux/arm64", trial: { ...exited, lines: ["exec /a: exec format error"] } },
  ],
] as readonly (readonly [string, Partial<Evidence>])[])("%s", (code, changes) => {
  expect(codesOf(changes)).toEqual([code]);
});

test.each([
  ["", 137, ["SMOKE_STOP"]],
  ["SIGKILL", 137, []],
  ["", 143, []],
  ["SIGQUIT", 0, []],
])("stopped by '%s' with %d: %j", (stopSignal, exitCode, codes) => {
  const plan = containerPlan();
  const stopping = { ...plan, image: { ...plan.image, stopSignal } };
  const stop = { seconds: 1, exitCode };
  expect(codesOf({ plan: stopping, trial: ready, stop })).toEqual(codes);
});

test("an image of root that works as nobody is told so, and refused by nobody", () => {
  const plan = containerPlan();
  const asRoot = { ...plan, image: { ...plan.image, user: "" } };
  const found = diagnose(evidence({ plan: asRoot, trial: ready }));
  expect(found).toMatchObject([{ code: "SMOKE_ROOT", level: "warning" }]);
});

test("what was written is told by its directories, without what docker and the tmpfs have", () => {
  const changed = ["/tmp", "/tmp/a", "/etc", "/etc/hosts", "/var", "/var/run", "/var/run/x.pid"];
  expect(writtenPlaces(changed, ["/tmp"])).toEqual(["/var/run"]);
  expect(writtenPlaces(["/a", "/a/b", "/a/b/c", "/a/b/c/d", "/a/b/e"], [])).toEqual(["/a/b"]);
  expect(writtenPlaces(["/state"], [])).toEqual(["/"]);
});
