import { PutLifecyclePolicyCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDuration } from "../../../src/local/clock.ts";
import { askStatus, endpointFrom, moveClock } from "../../../src/local/console/client.ts";
import type { LocalStatus } from "../../../src/local/console/status.ts";
import { statusText } from "../../../src/local/console/status-text.ts";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import { olderThan, policyOf } from "../../support/lifecycle-rules.ts";
import { ecrClient, indexOf, ociIndex, openRepository } from "../registry.ts";

const start = Date.parse("2026-03-01T12:00:00Z");
const day = 86_400_000;
let ecr: LocalEcr;

beforeAll(async () => {
  ecr = await startLocalEcr({ now: () => new Date(start) });
  const client = ecrClient(ecr);
  const repository = await openRepository(client, "team/app");
  const image = await repository.pushImage("one", "1.0");
  await repository.putManifest(indexOf([image]), { type: ociIndex, reference: "index" });
  const lifecyclePolicyText = JSON.stringify(policyOf(olderThan("any", 30)));
  const put = { repositoryName: "team/app", lifecyclePolicyText };
  await client.send(new PutLifecyclePolicyCommand(put));
});
afterAll(() => ecr.close());

async function page(path: string): Promise<string> {
  return await (await fetch(ecr.endpoint + path)).text();
}

describe("the console", () => {
  test("tells what the server holds", async () => {
    const status = await askStatus(ecr.endpoint);
    expect(status).toMatchObject({
      now: "2026-03-01T12:00:00.000Z",
      ahead: 0,
      registries: [
        {
          account: "123456789012",
          region: "us-east-1",
          repositories: [{ name: "team/app", mutability: "MUTABLE", images: 2, tags: 2 }],
        },
      ],
    });
    expect(statusText(status)).toMatch(
      /123456789012 us-east-1 at 127\.0\.0\.1:\d+\n {2}team\/app {2}2 images, 2 tags, 0\.0 MB, lifecycle policy$/,
    );
  });

  test("shows of very many images the newest, and what becomes of the rest", async () => {
    const images = Array.from({ length: 1205 }, (_, at) => ({ tags: [`v${at}`], ageDays: at }));
    const lifecyclePolicy = JSON.stringify(policyOf(olderThan("any", 1200)));
    const seed = { repositories: [{ name: "many", images, lifecyclePolicy }] };
    await using large = await startLocalEcr({ now: () => new Date(start), seed });
    const path = "/local/repository?registry=123456789012/us-east-1&name=many";
    const shown = await (await fetch(large.endpoint + path)).text();
    expect(shown).toContain('<code class="tag">v999</code>');
    expect(shown).not.toContain('<code class="tag">v1000</code>');
    expect(shown).toContain("and 205 older; the policy takes 4 of them at its next run");
  });

  test("shows repositories and requests, and what becomes of each image", async () => {
    const index = await page("/");
    expect(index).toContain(
      'href="/local/repository?registry=123456789012%2Fus-east-1&amp;name=team%2Fapp"',
    );
    expect(index).toContain(">PutLifecyclePolicy<");
    expect(index).toContain(">PUT /v2/team/app/manifests/1.0<");
    const images = await page("/local/repository?registry=123456789012/us-east-1&name=team/app");
    expect(images).toContain("stays until 2026-03-31 12:00: rule 1");
    expect(images).toContain('<code class="tag">index</code>');
  });

  test("says of a repository that is not there, or no more, that it is not", async () => {
    const query = new URLSearchParams({ registry: "x", name: "__proto__<b>" });
    const missing = await fetch(`${ecr.endpoint}/local/repository?${query}`);
    expect(missing.status).toBe(404);
    const shown = await missing.text();
    // A page that is open takes the part that is `main` for its own.
    expect(shown).toMatch(/<main>.*There is no repository of this name here.*<\/main>/s);
    expect(shown).toContain('<a href="/">');
    expect(shown).toContain("<h1>__proto__&lt;b&gt;</h1>");
  });

  test("lets nothing of a request become a part of the page", async () => {
    await fetch(`${ecr.endpoint}/local/../<script>`);
    const { headers } = await fetch(ecr.endpoint);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; .*'sha256-\S+='/);
    const requests = (await (await fetch(`${ecr.endpoint}/local/requests`)).json()) as object[];
    expect(requests[0]).toMatchObject({ method: "GET", path: "/", status: 200 });
    expect(await page("/")).not.toMatch(/<span>[^<]*<script>/);
  });

  test("moves the clock, ahead alone and for JSON alone", async () => {
    await using other = await startLocalEcr({ now: () => new Date(start) });
    expect(await moveClock(other.endpoint, 0)).toEqual({
      now: "2026-03-01T12:00:00.000Z",
      ahead: 0,
    });
    expect(await moveClock(other.endpoint, day)).toEqual({
      now: "2026-03-02T12:00:00.000Z",
      ahead: day,
    });
    await expect(moveClock(other.endpoint, 1e15)).rejects.toThrow(
      /refuses: the clock cannot be moved by/,
    );
    await expect(moveClock(other.endpoint, -1)).rejects.toThrow(/expected JSON such as/);
    const form = await fetch(`${other.endpoint}/local/clock`, {
      method: "POST",
      body: '{"advanceMs":1}',
    });
    expect(form.status).toBe(400);
    expect(other.now()).toEqual(new Date(start + day));
  });

  test("is missed in words where there is none", async () => {
    await using other = await startLocalEcr();
    const gone = other.endpoint;
    await other.close();
    await expect(askStatus(gone)).rejects.toThrow(`no local ECR could answer at '${gone}'`);
    expect(endpointFrom("http://127.0.0.1:1", "http://127.0.0.1:2")).toBe("http://127.0.0.1:1");
    expect(() => endpointFrom(undefined, undefined)).toThrow("no address of a local ECR");
    expect(() => endpointFrom("4510", undefined)).toThrow("'4510' is not an address");
  });
});

test.each<[string, number | undefined]>([
  ["+30d", 30 * day],
  ["1.5h", 5_400_000],
  ["90m", 5_400_000],
  ["10s", 10_000],
  ["-1d", undefined],
  ["30", undefined],
  ["d", undefined],
])("%s is %s milliseconds", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test("what is shown is what is, also when nobody asked before", async () => {
  let time = start;
  const seed = {
    repositories: [
      {
        name: "team/app",
        lifecyclePolicy:
          '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
        images: [{ ageDays: 2 }, { ageDays: 1 }],
      },
    ],
  };
  await using other = await startLocalEcr({ now: () => new Date(time), seed });
  const images = async () =>
    (await askStatus(other.endpoint)).registries[0]?.repositories[0]?.images;
  expect(await images()).toBe(2);
  time += 2 * day;
  expect(await images()).toBe(1);
});

test("keeps the figures in sight beside one repository with a long name", () => {
  const counts = { images: 1, tags: 1, bytes: 0, mutability: "MUTABLE", lifecycle: null };
  const repositories = ["app", "a".repeat(120)].map((name) => ({ name, ...counts }));
  const place = { account: "123456789012", region: "us-east-1", host: "127.0.0.1:4510" };
  const status = { now: "", ahead: 0, registries: [{ ...place, repositories }] };
  expect(statusText(status as unknown as LocalStatus)).toMatch(/^ {2}app {39}1 image, 1 tag, /m);
});
