import { type Answer, call } from "../call.ts";

/** Both platforms of the examples and tests. */
export const wantedPlatforms = ["linux/amd64", "linux/arm64"] as const;

/** An engine that can do our builds, or what it lacks and what would help. */
export type Capability =
  | { readonly able: true; readonly name: string }
  | { readonly able: false; readonly answers: boolean; readonly why: string };

type Ask = (...args: string[]) => Answer;

/**
 * Asks the docker that the environment leads to whether it builds for both platforms into an OCI
 * layout: with the `docker` driver that takes the containerd image store, the other drivers always can.
 */
export function askDocker(env: NodeJS.ProcessEnv): Capability {
  const ask: Ask = (...args) => call("docker", args, { env, timeout: 60_000 });
  const version = ask("version", "--format", "{{.Server.Version}}");
  if (!version.ok) return unable(false, "no docker engine answers here");
  const name = `docker ${version.stdout.trim()}`;
  if (!ask("buildx", "version").ok) return unable(true, `${name} is without buildx`);
  const builder = readBuilder(inspectBuilder(ask));
  if (builder.driver === "docker" && !storesImagesInContainerd(ask)) {
    return unable(true, `${name} has the classic image store (turn the containerd image store on)`);
  }
  const missing = wantedPlatforms.filter((platform) => !builder.platforms.includes(platform));
  if (missing.length > 0) {
    return unable(
      true,
      `${name} cannot build for ${missing.join(", ")} (install qemu-user-static)`,
    );
  }
  return { able: true, name: `${name}, builder driver ${builder.driver}` };
}

function unable(answers: boolean, why: string): Capability {
  return { able: false, answers, why };
}

/** A container builder that was never started knows its platforms only once it is. */
function inspectBuilder(ask: Ask): string {
  const { stdout } = ask("buildx", "inspect");
  const { driver, platforms } = readBuilder(stdout);
  const asleep = driver !== "docker" && platforms.length === 0;
  return asleep ? ask("buildx", "inspect", "--bootstrap").stdout : stdout;
}

/** Driver and platforms (of all its nodes) in the text of `docker buildx inspect`. */
export function readBuilder(text: string): { driver: string; platforms: readonly string[] } {
  const driver = /^Driver:[ \t]*(\S+)/m.exec(text)?.[1] ?? "unknown";
  const platforms = [...text.matchAll(/^Platforms:[ \t]*(.*)$/gm)]
    .flatMap(([, list = ""]) =>
      list.split(",").map((platform) => platform.trim().replace(/\*$/, "")),
    )
    .filter((platform) => platform !== "");
  return { driver, platforms };
}

function storesImagesInContainerd(ask: Ask): boolean {
  return ask("info", "--format", "{{json .DriverStatus}}").stdout.includes(
    "io.containerd.snapshotter.v1",
  );
}
