import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchDeleteImageCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startLocalEcr } from "../../src/local/server.ts";
import {
  ecrClient,
  openRepository,
  type RepositoryClient,
  repositoryClient,
  sha256,
} from "./registry.ts";

/** How many kills `npm test` tries; `SLIPWAY_TEST_CASES=all` for long. */
const kills = process.env.SLIPWAY_TEST_CASES === "all" ? 200 : 4;
const seed = Number(process.env.SLIPWAY_TEST_SEED ?? Date.now() % 1_000_000);
const lanes = 6;

let dir: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "local-ecr-killed-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

/** Tags that stay in a lane: all of them are looked at after each kill, and of hundreds of kills they would be thousands. */
const tagsKept = 3;

/** What the client of a lane knows of its tags: what was asked for, and what it was told is done. */
type Known = Map<string, "coming" | "there" | "leaving" | "gone">;

interface Lane {
  readonly name: string;
  readonly known: Known;
}

async function serveApart(): Promise<string> {
  const serving = spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = serving;
  const [line] = await once(serving.stdout, "data");
  return String(line).trim();
}

async function killed(): Promise<void> {
  if (!child) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

/** Pushes and deletes until the server is gone. */
async function keepBusy(client: ECRClient, { name, known }: Lane): Promise<void> {
  const repository = await repositoryClient(client, name);
  for (let count = known.size; ; count += 1) {
    const tag = `t${count}`;
    known.set(tag, "coming");
    await repository.pushImage(`${name} ${count} ${"x".repeat((count % 100) * 997)}`, tag);
    known.set(tag, "there");
    const older = `t${count - tagsKept}`;
    if (known.get(older) !== "there") continue;
    known.set(older, "leaving");
    const input = { repositoryName: name, imageIds: [{ imageTag: older }] };
    await client.send(new BatchDeleteImageCommand(input));
    known.set(older, "gone");
  }
}

/** Every tag that is shown was asked for, and its image is whole; what was told is so. */
async function expectTruth(client: ECRClient, { name, known }: Lane): Promise<void> {
  const repository = await repositoryClient(client, name);
  const list = (await (await repository.fetch("/tags/list")).json()) as { tags: string[] };
  for (const tag of list.tags) {
    expect(["coming", "there", "leaving"], `${name} ${tag}`).toContain(known.get(tag));
    await expectWhole(repository, tag);
  }
  for (const [tag, state] of known) {
    if (state === "there") expect(list.tags, name).toContain(tag);
    // From now on it is known again.
    known.set(tag, list.tags.includes(tag) ? "there" : "gone");
  }
}

async function expectWhole({ fetch }: RepositoryClient, tag: string): Promise<void> {
  const answer = await fetch(`/manifests/${tag}`);
  const manifest = await answer.text();
  expect(answer.headers.get("docker-content-digest")).toBe(sha256(manifest));
  const { config, layers } = JSON.parse(manifest) as Record<string, { digest: string }> & {
    layers: { digest: string }[];
  };
  for (const blob of [config, ...layers]) {
    const bytes = await (await fetch(`/blobs/${blob?.digest}`)).arrayBuffer();
    expect(sha256(Buffer.from(bytes))).toBe(blob?.digest);
  }
}

test(`killed at any moment, it has lost nothing that it told and shows nothing else (seed ${seed})`, {
  timeout: 20_000 + kills * 65_000,
}, async () => {
  const all = Array.from({ length: lanes }, (_, at) => ({ name: `lane${at}`, known: new Map() }));
  for (let kill = 0; kill < kills; kill += 1) {
    const client = ecrClient({ endpoint: await serveApart() });
    if (kill === 0) for (const { name } of all) await openRepository(client, name);
    const busy = Promise.allSettled(all.map((lane) => keepBusy(client, lane)));
    // However busy the machine is: amid the work, and at no particular place of it.
    const draw = seed * 31 + kill * 7919;
    const told = () => all.reduce((sum, { known }) => sum + known.size, 0);
    const enough = told() + lanes + (draw % 20);
    await expect.poll(told, { timeout: 60_000, interval: 5 }).toBeGreaterThan(enough);
    await sleep(draw % 50);
    await killed();
    await busy;
    await using after = await startLocalEcr({ dir });
    expect(readdirSync(join(dir, "uploads"))).toEqual([]);
    for (const lane of all) await expectTruth(ecrClient(after), lane);
  }
});
