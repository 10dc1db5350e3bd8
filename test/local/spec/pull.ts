import { expect } from "vitest";
import { manifestOf, ociManifest } from "../registry.ts";
import {
  type Case,
  describe,
  digestOf,
  expectRefusal,
  pathOf,
  type Repository,
  unique,
} from "./case.ts";

const nowhere = digestOf("hello world");

async function pushManifest(repository: Repository): Promise<string> {
  const config = await repository.push(`{"of":"${crypto.randomUUID()}"}`);
  const bytes = manifestOf(config, [await repository.push(unique(512))]);
  for (const reference of [digestOf(bytes), "pulled"]) {
    expect((await repository.put(bytes, { reference })).status).toBe(201);
  }
  return bytes;
}

export const pullCases: Case[] = [
  {
    section: "Determining Support",
    title: "GET /v2/ answers 200",
    async run(registry) {
      const { ask } = await registry.fresh();
      expect((await ask("GET", "/v2/")).status).toBe(200);
    },
  },
  {
    section: "Determining Support",
    title: "a client without a token can push and pull",
    differs: "authentication",
    async run(registry) {
      const { ask } = await registry.fresh();
      const anonymous = true;
      expect((await ask("GET", "/v2/", { anonymous })).status).toBe(200);
      const digest = digestOf("nobody's");
      const where = pathOf(await ask("POST", "/blobs/uploads/", { anonymous }));
      const put = { anonymous, body: "nobody's" };
      expect((await ask("PUT", `${where}?digest=${digest}`, put)).status).toBe(201);
      const stored = await ask("GET", `/blobs/${digest}`, { anonymous });
      expect(await stored.text()).toBe("nobody's");
    },
  },
  ...["GET", "HEAD"].flatMap((method): Case[] => [
    {
      section: "Pulling manifests",
      title: `${method} by tag and by digest: the bytes, their type, length and digest`,
      async run(registry) {
        const repository = await registry.fresh();
        const bytes = await pushManifest(repository);
        for (const reference of [digestOf(bytes), "pulled"]) {
          const headers = { accept: ociManifest };
          const answer = await repository.ask(method, `/manifests/${reference}`, { headers });
          expect(answer.status).toBe(200);
          expect(answer.headers.get("content-type")).toBe(ociManifest);
          expect(answer.headers.get("content-length")).toBe(String(bytes.length));
          expect(answer.headers.get("docker-content-digest")).toBe(digestOf(bytes));
          expect(await answer.text()).toBe(method === "GET" ? bytes : "");
        }
      },
    },
    {
      section: "Pulling manifests",
      title: `${method} of one that is not there: 404`,
      async run(registry) {
        const { ask } = await registry.fresh();
        for (const reference of ["none", nowhere]) {
          expect((await ask(method, `/manifests/${reference}`)).status).toBe(404);
        }
        const wrong = await ask(method, "/manifests/sha256:baddigeststring");
        expect([400, 404]).toContain(wrong.status);
      },
    },
    {
      section: "Pulling manifests",
      title: `${method} under a name that no tag can have: 404`,
      differs: "`GET` or `HEAD` of what is no tag",
      async run(registry) {
        const { ask } = await registry.fresh();
        const { status } = await ask(method, "/manifests/.INVALID_MANIFEST_NAME");
        expect(status).toBe(404);
      },
    },
    {
      section: "Pulling blobs",
      title: `${method} of one that is not there: 404, also in a repository that is not`,
      async run(registry) {
        for (const { ask } of [await registry.fresh(), registry.unmade()]) {
          expect((await ask(method, `/blobs/${nowhere}`)).status).toBe(404);
        }
      },
    },
  ]),
  ...["{}", "", "a blob of some bytes"].map(
    (content): Case => ({
      section: "Pulling blobs",
      title: `GET and HEAD of a blob of ${content.length} bytes`,
      async run(registry) {
        const repository = await registry.fresh();
        const { digest } = await repository.push(content);
        for (const method of ["GET", "HEAD"]) {
          const answer = await repository.ask(method, `/blobs/${digest}`);
          expect(answer.status).toBe(200);
          expect(answer.headers.get("content-length")).toBe(String(content.length));
          expect(await answer.text()).toBe(method === "GET" ? content : "");
        }
      },
    }),
  ),
  {
    section: "Pulling blobs",
    title: "GET answers 200 itself, with the digest in a header",
    differs: "`GET` of a blob",
    async run(registry) {
      const repository = await registry.fresh();
      const { digest } = await repository.push(unique(64));
      const answer = await repository.ask("GET", `/blobs/${digest}`);
      expect(answer.redirected).toBe(false);
      expect(answer.headers.get("docker-content-digest")).toBe(digest);
    },
  },
  ...(
    [
      ["500-1499", 500, 1499],
      ["500-", 500, 2047],
      ["-500", 1548, 2047],
      ["2000-5000", 2000, 2047],
      ["0-0", 0, 0],
    ] as const
  ).map(
    ([range, first, last]): Case => ({
      section: "Pulling blobs",
      title: `a range of bytes ${range}: 206`,
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(2048);
        const { digest } = await repository.push(blob);
        const headers = { range: `bytes=${range}` };
        const answer = await repository.ask("GET", `/blobs/${digest}`, { headers });
        expect(answer.status).toBe(206);
        expect(answer.headers.get("content-range")).toBe(`bytes ${first}-${last}/2048`);
        expect(answer.headers.get("content-length")).toBe(String(last - first + 1));
        expect(Buffer.from(await answer.arrayBuffer())).toEqual(blob.subarray(first, last + 1));
      },
    }),
  ),
  ...(
    [
      ["500-0", { differs: "a range that ends before it begins" }],
      ["5000-10000", {}],
      ["2048-", {}],
    ] as const
  ).map(
    ([range, more]): Case => ({
      section: "Pulling blobs",
      title: `a range of bytes ${range}, where there are none: 416`,
      ...more,
      async run(registry) {
        const repository = await registry.fresh();
        const { digest } = await repository.push(unique(2048));
        const headers = { range: `bytes=${range}` };
        expect((await repository.ask("GET", `/blobs/${digest}`, { headers })).status).toBe(416);
      },
    }),
  ),
  {
    section: "Error Codes",
    title: "a manifest under a digest that is none: 400, in the envelope",
    async run(registry) {
      const repository = await registry.fresh();
      const answer = await repository.put("blablabla", { reference: "sha256:totallywrong" });
      await expectRefusal(answer, 400, "DIGEST_INVALID");
    },
  },
  {
    section: "Error Codes",
    title: "a manifest that is none: 400 MANIFEST_INVALID",
    differs: "a manifest that is not to its taste",
    async run(registry) {
      const repository = await registry.fresh();
      await expectRefusal(await repository.put("{"), 400, "MANIFEST_INVALID");
    },
  },
  {
    section: "Error Codes",
    title: "content that is not what its digest says: 400 DIGEST_INVALID",
    differs: "a digest that is not the content's",
    async run(registry) {
      const repository = await registry.fresh();
      const where = `${await repository.open()}?digest=${nowhere}`;
      const blob = await repository.ask("PUT", where, { body: "other" });
      await expectRefusal(blob, 400, "DIGEST_INVALID");
      const bytes = manifestOf(describe("{}", "application/json"), []);
      await expectRefusal(
        await repository.put(bytes, { reference: nowhere }),
        400,
        "DIGEST_INVALID",
      );
    },
  },
  {
    section: "Error Codes",
    title: "an unknown blob, manifest, upload and a bad name have each their code",
    async run(registry) {
      const { ask, push } = await registry.fresh();
      await push("{}");
      await expectRefusal(await ask("GET", `/blobs/${nowhere}`), 404, "BLOB_UNKNOWN");
      await expectRefusal(await ask("GET", "/manifests/none"), 404, "MANIFEST_UNKNOWN");
      const upload = `/blobs/uploads/${crypto.randomUUID()}`;
      await expectRefusal(await ask("PATCH", upload, { body: "x" }), 404, "BLOB_UPLOAD_UNKNOWN");
      await expectRefusal(await ask("GET", "/v2/BAD/manifests/1"), 400, "NAME_INVALID");
    },
  },
];
