import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { World } from "../../src/release/world.ts";
import { writeLayout } from "../support/layout.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release, verify } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const config = `image: team/app
targets:
  - us-east-1
  - { region: eu-central-1, account: "098765432109", role: "arn:aws:iam::098765432109:role/release" }
repository: { create: true }
`;
const hour = 3_600_000;

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    Dockerfile: "FROM scratch\nCOPY . /\n",
    "slipway.yaml": config,
  }));
});
afterEach(async () => {
  vi.useRealTimers();
});

/** A build that takes so many hours, for this process and for the registries in it. */
const lasting =
  (hours: number) =>
  (world: World): World => ({
    ...world,
    docker: {
      ...world.docker,
      problems: async () => [],
      build: async (images) => {
        local.requests.length = 0;
        vi.setSystemTime(Date.now() + hours * hour);
        return images
          .map(({ destination, annotations, rootAnnotations }) =>
            writeLayout(destination, {
              attestations: true,
              annotations: { ...annotations, ...rootAnnotations },
            }),
          )
          .map(({ root }) => root);
      },
    },
  });

/** What STS was asked has no name in the log. */
const asked = (name: string | undefined) =>
  local.requests.filter(({ operation, path }) => operation === name && path === "/").length;

it.each([
  ["a role's hour", 2, { roles: 1, tokens: 0 }],
  ["a token's twelve, and a role's one", 13, { roles: 1, tokens: 2 }],
])(
  "a build that takes longer than %s is published by fresh ones",
  async (_what, hours, renewed) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { receipt } = await release(made, "1.0.0", { change: lasting(hours) });
    expect(receipt.targets.map(({ copied }) => copied?.movedManifests)).toEqual([5, 5]);
    expect({ roles: asked(undefined), tokens: asked("GetAuthorizationToken") }).toEqual(renewed);
    // Renewed before they end, and not once a registry has refused them.
    expect(local.requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    expect((await verify(made, "1.0.0")).holds).toBe(true);
  },
);
