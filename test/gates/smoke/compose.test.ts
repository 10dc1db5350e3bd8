import { expect, test } from "vitest";
import { readServices } from "../../../src/gates/smoke/compose.ts";
import { servicesOf } from "../../../src/gates/smoke/prepared.ts";
import { serviceArguments } from "../../../src/gates/smoke/services.ts";
import { containerPlan } from "../../support/smoke.ts";

const read = (service: string, env = {}) =>
  readServices({ from: "compose.yaml", names: ["db"] }, `services: { db: ${service} }`, env);

test("reads image, environment, command and health check", () => {
  const { services, findings } = read(
    `{ image: 'db:\${V:-1}', environment: [A=1, B=$W, C], command: serve --all, healthcheck: { test: [CMD, ask, it's] } }`,
    { W: "two", C: "three" },
  );
  expect(services).toEqual([
    {
      name: "db",
      image: "db:1",
      environment: { A: "1", B: "two", C: "three" },
      command: ["serve", "--all"],
      healthCommand: "'ask' 'it'\\''s'",
    },
  ]);
  expect(findings).toEqual([]);
});

test("no value of a variable stands among the arguments", () => {
  const [service] = read("{ image: db, environment: { PASSWORD: secret } }").services;
  const given = service === undefined ? [] : serviceArguments(service, "n", "run-1");
  expect(given).toContain("--env=PASSWORD");
  expect(given.join(" ")).not.toContain("secret");
});

test("says what it leaves out", () => {
  const { findings } = read("{ image: db, volumes: [data:/data], ports: ['1:1'], x-note: a }");
  expect(findings).toMatchObject([
    { level: "info", message: "volumes of the service db is left out here" },
  ]);
});

test.each([
  ["{ build: . }", "has no image"],
  ["{ image: db, command: sh -c 'a b' }", "quotes"],
  [`{ image: '\${A:?must}' }`, "is not understood"],
  ["{ image: db, environment: [A: b] }", "has in its environment an object, and not a text"],
  ["{ image: db, environment: { A: [b] } }", "has for A a list, and not a text"],
  ["{ image: db, command: [serve, a: b] }", "has in its command an object, and not a text"],
  ["{ image: db, healthcheck: { test: [CMD, [a]] } }", "has in its health check a list"],
])("refuses %s", (service, why) => {
  expect(() => read(service)).toThrow(why);
});

test("refuses a service that is not there, with those that are", () => {
  const wish = { from: "compose.yaml", names: ["cache"] };
  expect(() => readServices(wish, "services: { db: { image: a } }", {})).toThrow(
    "compose.yaml has no service 'cache'; its services: db",
  );
});

test("a Compose file that is not there is told with what is wrong about it", async () => {
  const services = { from: "nowhere.yaml", names: ["db"] };
  const settings = { ...containerPlan().settings, services };
  await expect(servicesOf(settings, import.meta.dirname, {})).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: "gates.smoke.services.from: nowhere.yaml cannot be read (ENOENT)",
  });
});
