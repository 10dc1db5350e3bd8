import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FaultRule, type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import {
  ecrClient,
  openRepository,
  type RepositoryClient,
  refusal,
  repositoryClient,
  sha256,
} from "../registry.ts";

const repositoryName = "team/app";
let ecr: LocalEcr;
let client: ReturnType<typeof ecrClient>;
let repository: RepositoryClient;

beforeAll(async () => {
  ecr = await startLocalEcr();
  client = ecrClient(ecr);
  repository = await openRepository(client, repositoryName);
  await repository.pushImage("there", "1.0");
});
afterAll(() => ecr.close());
beforeEach(() => ecr.setFaults(undefined));

function fault(...rules: FaultRule[]): void {
  ecr.setFaults({ rules });
}

async function manifest(reference = "1.0"): Promise<string> {
  return await (await repository.fetch(`/manifests/${reference}`)).text();
}

describe("a token", () => {
  test("ends after so many calls, and a new one is good again", async () => {
    fault({ plane: "registry", fault: "expired-token", calls: 2 });
    const statuses = [1, 2, 3].map(async () => (await repository.fetch("/tags/list")).status);
    expect((await Promise.all(statuses)).sort()).toEqual([200, 200, 403]);
    const old = await repository.fetch("/tags/list");
    expect(await old.text()).toBe(
      "Your authorization token has expired. Reauthenticate and try again.",
    );
    const fresh = await repositoryClient(client, repositoryName);
    expect((await fresh.fetch("/tags/list")).status).toBe(200);
  });

  test("of the API ends too", async () => {
    fault({ plane: "api", fault: "expired-token", calls: 1 });
    await client.send(new GetAuthorizationTokenCommand({}));
    const again = client.send(new GetAuthorizationTokenCommand({}));
    expect(await refusal(again)).toMatch(/^ExpiredTokenException: The security token/);
  });
});

describe("reads that lag behind writes", () => {
  test("see a tag where it was, so often, and then where it is", async () => {
    const before = sha256(await manifest("1.0"));
    await repository.pushImage("there", "moving");
    const next = await repository.pushImage("moved", "moved");
    const imageManifest = await manifest(next.digest);
    fault({ path: "*/manifests/moving", fault: "lag", reads: 2 });
    const put = new PutImageCommand({ repositoryName, imageManifest, imageTag: "moving" });
    await client.send(put);
    const seen = [await manifest("moving"), await manifest("moving"), await manifest("moving")];
    expect(seen.map(sha256)).toEqual([before, before, next.digest]);
  });

  test("see nothing of what is new, on both planes, and the writer is not misled", async () => {
    fault({ fault: "lag", reads: 3 });
    const fresh = await openRepository(client, "team/fresh").catch((error: Error) => error.message);
    expect(fresh).toMatchObject({ base: expect.any(String) });
    const names = { repositoryNames: ["team/fresh"] };
    const ask = () => client.send(new DescribeRepositoriesCommand(names));
    // The token was the first of the three reads.
    expect(await refusal(ask())).toMatch(/^RepositoryNotFoundException/);
    expect(await refusal(ask())).toMatch(/^RepositoryNotFoundException/);
    expect((await ask()).repositories).toHaveLength(1);
  });

  test("see what the server starts with, which is no change", async () => {
    const images = [{ tags: ["1.0"] }];
    await using seeded = await startLocalEcr({
      seed: { repositories: [{ name: "team/seeded", images }] },
      faults: { rules: [{ fault: "lag", reads: 3 }] },
    });
    const other = await repositoryClient(ecrClient(seeded), "team/seeded");
    expect((await other.fetch("/manifests/1.0")).status).toBe(200);
  });

  test("record no pull of what is gone, and what is made anew stays", async () => {
    const dir = mkdtempSync(join(tmpdir(), "lag-"));
    try {
      const first = await startLocalEcr({ dir });
      const asked = ecrClient(first);
      const gone = await openRepository(asked, repositoryName);
      await gone.pushImage("gone", "1.0");
      first.setFaults({ rules: [{ path: "*/manifests/*", fault: "lag", reads: 1 }] });
      await asked.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
      expect((await gone.fetch("/manifests/1.0")).status).toBe(200);
      expect((await gone.fetch("/manifests/1.0")).status).toBe(404);
      await openRepository(asked, repositoryName);
      await first.close();
      await using next = await startLocalEcr({ dir });
      const { repositories } = await ecrClient(next).send(new DescribeRepositoriesCommand({}));
      expect(repositories).toMatchObject([{ repositoryName }]);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("of another repository's registry are not misled", async () => {
    const other = ecrClient(ecr, { region: "eu-west-1" });
    fault({ fault: "lag", reads: 100 });
    await repository.pushImage("lagging", "lagging");
    await openRepository(other, "team/elsewhere");
    ecr.setFaults({ rules: [{ registry: "123456789012/us-east-1", fault: "lag", reads: 5 }] });
    await repository.pushImage("lagging more", "lagging-more");
    const { repositories } = await other.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toHaveLength(1);
    expect((await repository.fetch("/manifests/lagging-more", { method: "HEAD" })).status).toBe(
      404,
    );
  });
});
