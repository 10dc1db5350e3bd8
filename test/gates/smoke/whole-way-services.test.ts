import { expect, test } from "vitest";
import type { Service } from "../../../src/gates/smoke/compose.ts";
import { startServices } from "../../../src/gates/smoke/services.ts";
import { standIn } from "../../support/stand-in.ts";

const service = (image: string): Service => ({ name: image, image, environment: {}, command: [] });

test("one that cannot be started is told when no other is being started any more, so that all can be removed", async () => {
  const docker = standIn("docker", "docker.ts");
  const starting = { run: "one", within: 5, asking: { env: process.env } };
  const ended = startServices([service("broken"), service("slow")], starting);
  await expect(ended).rejects.toMatchObject({ code: "PROCESS_FAILED" });
  expect(docker.calls().map(({ args }) => args.at(-1))).toEqual(["broken", "slow"]);
});
