import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { baseImageName, makeBaseImage } from "../../scripts/base-image.d/busybox.ts";
import { engineEnvironment } from "../../scripts/engine.d/environment.ts";
import { cache, root } from "../../scripts/place.ts";

export interface Engine {
  /** Named build contexts with the base image of the examples; none where it comes from Docker Hub. */
  readonly contexts: Readonly<Record<string, string>>;
}

/**
 * Leads this process, and what it starts, to a docker engine that builds for linux/amd64 and
 * linux/arm64; brings one up when there is none. For `*.engine.test.ts` files, in `beforeAll`.
 */
export async function useEngine(): Promise<Engine> {
  const changes = (await engineEnvironment()) ?? (await bringUp());
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  const base = makeBaseImage(baseImageFolder);
  return { contexts: base === undefined ? {} : { [baseImageName]: base } };
}

const baseImageFolder = join(cache, "base-image", "layout");

async function bringUp() {
  execFileSync("sh", [join(root, "scripts", "engine"), "up"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const changes = await engineEnvironment();
  if (changes === undefined) throw new Error("no docker engine came up");
  return changes;
}
