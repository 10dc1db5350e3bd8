import type { ContainerPlan } from "../../src/gates/smoke/container-plan.ts";
import type { SmokeSettings } from "../../src/release/gate.ts";

/** The settings that hold where a file says nothing. */
export const smokeSettings: SmokeSettings = {
  env: [],
  tmpfs: ["/tmp"],
  capabilities: [],
  memory: "512m",
  cpus: 1,
  pids: 256,
  within: 30,
  grace: 10,
  platforms: [],
};

export function containerPlan(changes: Partial<ContainerPlan> = {}): ContainerPlan {
  return {
    settings: smokeSettings,
    image: {
      user: "1000",
      workingDir: "",
      entrypoint: [],
      cmd: ["serve"],
      env: [],
      ports: [],
      volumes: [],
      stopSignal: "",
      healthcheck: [],
    },
    imageName: "slipway-smoke:run-1",
    platform: "linux/amd64",
    run: "run-1",
    publishes: { host: "127.0.0.1", bind: "127.0.0.1" },
    ...changes,
  };
}
