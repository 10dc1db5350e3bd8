import { expect, it } from "vitest";
import type { Layout } from "../../src/oci/layout.ts";
import { askBuilderEarly } from "../../src/release/builder-early.ts";
import { inputsOf } from "../../src/release/planning/identity.ts";
import { gitFacts, request } from "./facts.ts";

const wanted = request();
const git = Promise.resolve(gitFacts());

/** A world whose store has a layout under these keys, and what docker was asked in it. */
function worldWith(keys: readonly string[], problems = async () => []) {
  const asked: unknown[] = [];
  return {
    asked,
    layouts: {
      find: async (key: string) => (keys.includes(key) ? ({} as Layout) : undefined),
      verifyWritable: async () => {},
      make: async () => [],
    },
    docker: {
      problems: async (spec: unknown) => {
        asked.push(spec);
        return await problems();
      },
      dockerfile: async () => undefined,
      build: async () => [],
    },
  };
}

it("asks docker about the build when git has answered and nothing is in the store", async () => {
  const world = worldWith([]);
  await askBuilderEarly(wanted, git, world);
  expect(world.asked).toEqual([wanted.build]);
});

it("leaves docker alone where the build is in the store, or layouts are given", async () => {
  const { digest } = inputsOf(wanted.build, wanted.image, await git);
  const built = worldWith([digest]);
  await askBuilderEarly(wanted, git, built);
  const given = worldWith([]);
  await askBuilderEarly({ ...wanted, layouts: ["/a", "/b"] }, git, given);
  expect([...built.asked, ...given.asked]).toEqual([]);
});

it("keeps what went wrong for whoever asks for the answer", async () => {
  const silent = worldWith([], () => Promise.reject(new Error("docker hangs")));
  await expect(askBuilderEarly(wanted, git, silent)).resolves.toBeUndefined();
  const lost = Promise.reject(new Error("no repository"));
  await expect(askBuilderEarly(wanted, lost, silent)).resolves.toBeUndefined();
});
