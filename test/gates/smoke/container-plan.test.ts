import { expect, test } from "vitest";
import {
  type ContainerPlan,
  isRoot,
  runArguments,
  signOf,
  userOf,
} from "../../../src/gates/smoke/container-plan.ts";
import { containerPlan } from "../../support/smoke.ts";

const argumentsOf = (changes: Partial<ContainerPlan>, loosened = [] as never[]) =>
  runArguments(containerPlan(changes), "trial", loosened);

test("an image is run as hard as the guides ask", () => {
  expect(argumentsOf({})).toEqual([
    "run",
    "--detach",
    "--pull=never",
    "--name=trial",
    "--label=slipway.smoke=run-1",
    "--network=slipway-smoke-run-1",
    "--platform=linux/amd64",
    "--log-driver=local",
    "--security-opt=no-new-privileges",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--sysctl=net.ipv4.ip_unprivileged_port_start=1024",
    "--memory=512m",
    "--memory-swap=512m",
    "--cpus=1",
    "--pids-limit=256",
    "--health-interval=1s",
    "slipway-smoke:run-1",
  ]);
});

test("each hardening can be taken away alone", () => {
  const plan = containerPlan({});
  const hard = runArguments(plan, "trial");
  const without = (one: "files" | "capabilities" | "memory") =>
    hard.filter((argument) => !runArguments(plan, "trial", [one]).includes(argument));
  expect(without("files")).toEqual(["--read-only"]);
  expect(without("capabilities")).toEqual(["--cap-drop=ALL"]);
  expect(without("memory")).toEqual(["--memory=512m", "--memory-swap=512m"]);
  expect(runArguments(plan, "trial", ["user"])).toContain("--user=0:0");
  expect(runArguments(plan, "trial", ["ports"])).toContain(
    "--sysctl=net.ipv4.ip_unprivileged_port_start=0",
  );
});

test("a port is published for our own question alone, on loopback where the engine is here", () => {
  const asked = { settings: { ...containerPlan({}).settings, probe: { kind: "tcp", port: 5432 } } };
  expect(argumentsOf(asked as never)).toContain("--publish=127.0.0.1::5432");
  const unreachable = argumentsOf({ ...asked, publishes: undefined } as never);
  expect(unreachable.join(" ")).not.toContain("--publish");
});

test.each([
  ["", true],
  ["root", true],
  ["0:0", true],
  ["00", true],
  ["root:adm", true],
  ["node", false],
  ["1000:0", false],
])("the user '%s' is root: %s", (user, expected) => {
  expect(isRoot(user)).toBe(expected);
});

test("an image of root is run as nobody, unless root was asked for", () => {
  const { settings } = containerPlan({});
  expect(userOf(settings, { user: "node" })).toBeUndefined();
  expect(userOf(settings, { user: "" })).toBe("65534:65534");
  expect(userOf({ ...settings, user: "root" }, { user: "" })).toBe("root");
});

test("a probe tells more than a HEALTHCHECK, and that more than an exit status", () => {
  const { settings } = containerPlan({});
  const command = ["--version"];
  const probe = { kind: "http", port: 80, path: "/" } as const;
  const healthcheck = ["CMD", "true"];
  expect(signOf({ ...settings, probe, command }, { healthcheck })).toEqual(probe);
  expect(signOf({ ...settings, command }, { healthcheck })).toEqual({ kind: "health" });
  expect(signOf({ ...settings, command }, { healthcheck: ["NONE"] })).toEqual({ kind: "exit" });
  expect(signOf(settings, { healthcheck: [] })).toBeUndefined();
});
