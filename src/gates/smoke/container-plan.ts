import type { EngineFacts } from "../../docker/engine.ts";
import type { Settings } from "../../oci/image-config.ts";
import type { SmokeProbe, SmokeSettings } from "../../release/gate.ts";
import { label } from "./run-id.ts";

/** By what is seen that it works. */
export type Sign = SmokeProbe | { readonly kind: "health" } | { readonly kind: "exit" };

/** A hardening that is taken away, to see whether it is what the image trips over. */
export type Loosening = "files" | "capabilities" | "user" | "ports" | "memory";

export interface ContainerPlan {
  readonly settings: SmokeSettings;
  readonly image: Settings;
  readonly imageName: string;
  readonly platform: string;
  /** The run's, by which everything of it is found. */
  readonly run: string;
  readonly publishes: EngineFacts["publishes"];
}

/** The number that stands for nobody on Debian, distroless and busybox, and that no image has files of. */
export const nobody = "65534:65534";

/** What tells that the image works; `undefined` where nothing does. */
export function signOf(
  { probe, command }: SmokeSettings,
  { healthcheck }: Pick<Settings, "healthcheck">,
): Sign | undefined {
  if (probe !== undefined) return probe;
  if (healthcheck.length > 0 && healthcheck[0] !== "NONE") return { kind: "health" };
  return command === undefined ? undefined : { kind: "exit" };
}

/** Whether this user is root as far as a name or number can tell; no user is root. */
export function isRoot(user: string): boolean {
  const [name = ""] = user.split(":");
  return name === "" || name === "root" || /^0+$/.test(name);
}

/** Whom the container runs as, where it is not the user of the image. */
export function userOf({ user }: SmokeSettings, image: Pick<Settings, "user">): string | undefined {
  if (user !== undefined) return user;
  return isRoot(image.user) ? nobody : undefined;
}

/**
 * The arguments of `docker` that start the image as the guides ask, but for what is loosened. The engine would let
 * anybody have ports below 1024, which neither the kernel nor ECS does by default.
 */
export function runArguments(
  plan: ContainerPlan,
  name: string,
  loosened: readonly Loosening[] = [],
): string[] {
  const { settings, platform, run } = plan;
  const isLoose = (one: Loosening) => loosened.includes(one);
  return [
    "run",
    "--detach",
    "--pull=never",
    `--name=${name}`,
    `--label=${label}=${run}`,
    `--network=${networkOf(run)}`,
    `--platform=${platform}`,
    "--log-driver=local",
    "--security-opt=no-new-privileges",
    ...(isLoose("files") ? [] : ["--read-only"]),
    ...settings.tmpfs.map((path) => `--tmpfs=${path}`),
    ...(isLoose("capabilities") ? [] : ["--cap-drop=ALL"]),
    ...settings.capabilities.map((capability) => `--cap-add=${capability}`),
    `--sysctl=net.ipv4.ip_unprivileged_port_start=${isLoose("ports") ? 0 : 1024}`,
    ...(isLoose("memory")
      ? []
      : [`--memory=${settings.memory}`, `--memory-swap=${settings.memory}`]),
    `--cpus=${settings.cpus}`,
    `--pids-limit=${settings.pids}`,
    ...userArguments(plan, isLoose("user")),
    ...settings.env.map((entry) => `--env=${entry}`),
    ...publishArguments(plan),
    // The image's own check, asked often: what is waited for is the image and not the clock.
    "--health-interval=1s",
    plan.imageName,
    ...(settings.command ?? []),
  ];
}

export function networkOf(run: string): string {
  return `${label.replace(".", "-")}-${run}`;
}

function userArguments({ settings, image }: ContainerPlan, asRoot: boolean): string[] {
  const user = asRoot ? "0:0" : userOf(settings, image);
  return user === undefined ? [] : [`--user=${user}`];
}

function publishArguments({ settings: { probe }, publishes }: ContainerPlan): string[] {
  if (probe === undefined || probe.kind === "exec" || publishes === undefined) return [];
  return [`--publish=${publishes.bind}::${probe.port}`];
}
