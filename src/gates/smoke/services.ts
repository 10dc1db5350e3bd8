import { setTimeout as wait } from "node:timers/promises";
import { inspectContainer, lastLinesOf } from "../../docker/container.ts";
import { type Asking, obtainImage, tell } from "../../docker/engine.ts";
import { mapEach } from "../../oci/parallel.ts";
import type { Finding } from "../../release/gate.ts";
import type { Service } from "./compose.ts";
import { networkOf } from "./container-plan.ts";
import { label } from "./run-id.ts";

interface Starting {
  readonly run: string;
  readonly within: number;
  readonly asking: Asking;
}

/**
 * Starts the services side by side on the run's network, each under its name; answers with what did not come up. Where
 * one cannot be started the others are waited for: nobody finds a container that comes after all was removed.
 */
export async function startServices(
  services: readonly Service[],
  starting: Starting,
): Promise<readonly Finding[]> {
  const found = await mapEach(services, services.length, (service) => start(service, starting));
  return found.flat();
}

const pause = 250;

async function start(service: Service, { run, within, asking }: Starting): Promise<Finding[]> {
  await obtainImage(service.image, asking);
  const name = `${networkOf(run)}-${service.name}`;
  const { signal: _, env, ...unhurried } = asking;
  const passed = Object.entries(service.environment).filter(([key]) => !isDockers(key));
  await tell(serviceArguments(service, name, run), {
    ...unhurried,
    env: { ...env, ...Object.fromEntries(passed) },
  });
  const how = await untilUp(name, within, asking);
  return how === "up" ? [] : [notUp(service, how, await lastLinesOf(name, 5, asking))];
}

/** Waits until a service is healthy, or runs where it has no health check: `up`, or why it is not. */
async function untilUp(name: string, within: number, asking: Asking): Promise<string> {
  const end = performance.now() + within * 1000;
  for (;;) {
    const { running, exitCode, health } = await inspectContainer(name, asking);
    if (!running) return `exited with ${exitCode}`;
    if (health === undefined || health.status === "healthy") return "up";
    if (performance.now() > end) return `is not healthy after ${within} s`;
    await wait(pause);
  }
}

/** What would lead docker itself elsewhere, were it in docker's own environment. */
function isDockers(name: string): boolean {
  return /^(?:PATH|HOME|DOCKER_\w+|BUILDX_\w+|[A-Z]+_PROXY)$/i.test(name);
}

/** The arguments of `docker` that start a service: no hardening, for it is not what is tried. */
export function serviceArguments(service: Service, name: string, run: string): string[] {
  const { environment, healthCommand, image, command } = service;
  return [
    "run",
    "--detach",
    "--pull=never",
    `--name=${name}`,
    `--label=${label}=${run}`,
    `--network=${networkOf(run)}`,
    `--network-alias=${service.name}`,
    "--log-driver=local",
    ...Object.entries(environment).map(([key, value]) =>
      // By its name alone: everybody on the machine can read the arguments of a process.
      isDockers(key) ? `--env=${key}=${value}` : `--env=${key}`,
    ),
    ...(healthCommand === undefined ? [] : [`--health-cmd=${healthCommand}`]),
    "--health-interval=1s",
    "--",
    image,
    ...command,
  ];
}

function notUp({ name, image }: Service, how: string, output: readonly string[]): Finding {
  return {
    code: "SMOKE_SERVICE",
    level: "error",
    place: name,
    message: `the service ${name} (${image}) ${how}`,
    reason: "the image was not tried without what it needs",
    repair: "correct it in the Compose file; docker compose up shows the same",
    ...(output.length > 0 && { output }),
  };
}
