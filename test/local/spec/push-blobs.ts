import { expect } from "vitest";
import { manifestOf } from "../registry.ts";
import { type Algorithm, type Case, digestOf, pathOf, type Repository, unique } from "./case.ts";

const stream = { "content-type": "application/octet-stream" };

/** What a finished upload says, and that the blob is then where it says. */
async function expectBlob(repository: Repository, answer: Response, blob: Buffer, digest: string) {
  expect(answer.status).toBe(201);
  expect(answer.headers.get("docker-content-digest") ?? digest).toBe(digest);
  const stored = await repository.ask("GET", pathOf(answer));
  expect(stored.status).toBe(200);
  expect(Buffer.from(await stored.arrayBuffer())).toEqual(blob);
}

function part(from: number, blob: Buffer, to: number) {
  const body = blob.subarray(from, to + 1);
  return { headers: { ...stream, "content-range": `${from}-${to}` }, body };
}

/** An upload whose first 1024 bytes are there, and to which chunks came too early and twice. */
async function refuseOutOfOrder(repository: Repository, algorithm: Algorithm) {
  const blob = unique(3067);
  const digest = digestOf(blob, algorithm);
  const where = await repository.open();
  const wrong = async (from: number) => {
    const chunk = part(from, blob, Math.min(from + 1023, 3066));
    expect((await repository.ask("PATCH", where, chunk)).status).toBe(416);
    const put = await repository.ask("PUT", `${where}?digest=${digest}`, chunk);
    expect(put.status).toBe(416);
  };
  await wrong(1024);
  await repository.ask("PATCH", where, part(0, blob, 1023));
  await wrong(2048);
  await wrong(0);
  return { blob, digest, where };
}

function casesOf(algorithm: Algorithm): Case[] {
  const withTitle = (title: string) => `${title}, ${algorithm}`;
  const single = "Pushing a blob monolithically";
  const chunked = "Pushing a blob in chunks";
  return [
    {
      section: single,
      title: withTitle("POST, then PUT"),
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(512);
        const digest = digestOf(blob, algorithm);
        const where = `${await repository.open()}?digest=${digest}`;
        const answer = await repository.ask("PUT", where, { headers: stream, body: blob });
        await expectBlob(repository, answer, blob, digest);
      },
    },
    {
      section: single,
      title: withTitle("a single POST takes it, or goes on as an upload"),
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(512);
        const digest = digestOf(blob, algorithm);
        const post = await repository.ask("POST", `/blobs/uploads/?digest=${digest}`, {
          headers: stream,
          body: blob,
        });
        const answer =
          post.status === 202
            ? await repository.ask("PUT", `${pathOf(post)}?digest=${digest}`, { body: blob })
            : post;
        await expectBlob(repository, answer, blob, digest);
      },
    },
    {
      section: single,
      title: withTitle("a single POST is enough"),
      differs: "`POST` with `?digest=`",
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(512);
        const where = `/blobs/uploads/?digest=${digestOf(blob, algorithm)}`;
        expect((await repository.ask("POST", where, { body: blob })).status).toBe(201);
      },
    },
    {
      section: chunked,
      title: withTitle("one streamed PATCH of unknown length, then PUT without a body"),
      differs: "`PATCH` of an upload",
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(3000);
        const digest = digestOf(blob, algorithm);
        const where = await repository.open();
        const patch = await repository.ask("PATCH", where, { headers: stream, body: blob });
        expect(patch.status).toBe(202);
        const end = await repository.ask("PUT", `${pathOf(patch)}?digest=${digest}`);
        await expectBlob(repository, end, blob, digest);
      },
    },
    ...[false, true].map(
      (lastByPut): Case => ({
        section: chunked,
        title: withTitle(`three chunks in order, the last by ${lastByPut ? "PUT" : "PATCH"}`),
        differs: "`PATCH` of an upload",
        async run(registry) {
          const repository = await registry.fresh();
          const blob = unique(3067);
          const digest = digestOf(blob, algorithm);
          let where = await repository.open();
          for (const from of lastByPut ? [0, 1024] : [0, 1024, 2048]) {
            const to = Math.min(from + 1023, blob.length - 1);
            const answer = await repository.ask("PATCH", where, part(from, blob, to));
            expect(answer.status).toBe(202);
            expect(answer.headers.get("range")).toBe(`0-${to}`);
            where = pathOf(answer);
          }
          const last = lastByPut ? part(2048, blob, 3066) : {};
          const end = await repository.ask("PUT", `${where}?digest=${digest}`, last);
          await expectBlob(repository, end, blob, digest);
        },
      }),
    ),
    {
      section: chunked,
      title: withTitle("chunks out of order are refused with 416, by PATCH and by PUT"),
      run: async (registry) => void (await refuseOutOfOrder(await registry.fresh(), algorithm)),
    },
    {
      section: chunked,
      title: withTitle("after chunks that were out of order the upload goes on"),
      differs: "a part of less than 5 MiB that is not the last",
      async run(registry) {
        const repository = await registry.fresh();
        const { blob, digest, where } = await refuseOutOfOrder(repository, algorithm);
        await repository.ask("PATCH", where, part(1024, blob, 2047));
        const last = part(2048, blob, 3066);
        const end = await repository.ask("PUT", `${where}?digest=${digest}`, last);
        await expectBlob(repository, end, blob, digest);
      },
    },
    {
      section: chunked,
      title: withTitle("an upload is resumed from what GET says of it"),
      differs: "`GET` of an upload",
      async run(registry) {
        const repository = await registry.fresh();
        const blob = unique(2048);
        const digest = digestOf(blob, algorithm);
        const where = await repository.open();
        const early = part(1024, blob, 2047);
        const put = await repository.ask("PUT", `${where}?digest=${digest}`, early);
        expect(put.status).toBe(416);
        const nothing = await repository.ask("GET", `${where}?digest=${digest}`);
        expect([nothing.status, pathOf(nothing)]).toEqual([204, where]);
        // There is no way to say that not even the first byte is there.
        expect(nothing.headers.get("range")).toBe("0-0");
        await repository.ask("PATCH", where, part(0, blob, 1023));
        expect((await repository.ask("PATCH", where, part(0, blob, 1023))).status).toBe(416);
        const progress = await repository.ask("GET", where);
        expect([progress.status, progress.headers.get("range")]).toEqual([204, "0-1023"]);
        expect((await repository.ask("HEAD", where)).headers.get("range")).toBe("0-1023");
        const rest = part(1024, blob, 2047);
        const end = await repository.ask("PUT", `${pathOf(progress)}?digest=${digest}`, rest);
        await expectBlob(repository, end, blob, digest);
      },
    },
    {
      section: chunked,
      title: withTitle("content that is not what the digest says is not kept, by any way"),
      async run(registry) {
        const repository = await registry.fresh();
        const digest = digestOf(unique(64), algorithm);
        const body = unique(3000);
        const put = await repository.ask("PUT", `${await repository.open()}?digest=${digest}`, {
          body,
        });
        expect(put.status).toBe(400);
        const where = await repository.open();
        await repository.ask("PATCH", where, { headers: stream, body });
        expect((await repository.ask("PUT", `${where}?digest=${digest}`)).status).toBe(400);
        const chunks = await repository.open();
        await repository.ask("PATCH", chunks, part(0, body, 1023));
        const last = part(1024, body, 2999);
        const end = await repository.ask("PUT", `${chunks}?digest=${digest}`, last);
        expect(end.status).toBe(400);
        const post = await repository.ask("POST", `/blobs/uploads/?digest=${digest}`, { body });
        expect([202, 400]).toContain(post.status);
        expect((await repository.ask("HEAD", `/blobs/${digest}`)).status).toBe(404);
      },
    },
    {
      section: chunked,
      title: withTitle("the empty blob, also by a PATCH of nothing"),
      async run(registry) {
        const digest = digestOf("", algorithm);
        for (const patched of [false, true]) {
          const repository = await registry.fresh();
          const where = await repository.open();
          if (patched) await repository.ask("PATCH", where, { headers: stream, body: "" });
          const end = await repository.ask("PUT", `${where}?digest=${digest}`);
          await expectBlob(repository, end, Buffer.alloc(0), digest);
        }
      },
    },
  ];
}

const mounting = "Mounting a blob from another repository";

export const pushBlobCases: Case[] = [
  ...casesOf("sha256"),
  ...casesOf("sha512"),
  {
    section: "Cancel a blob upload",
    title: "DELETE of an upload: 204, and nothing goes on",
    async run(registry) {
      const { ask, open } = await registry.fresh();
      const where = await open();
      expect((await ask("DELETE", where)).status).toBe(204);
      expect((await ask("PATCH", where, { body: "late" })).status).toBe(404);
      expect((await ask("DELETE", where)).status).toBe(404);
    },
  },
  ...["named", "unnamed"].map(
    (how): Case => ({
      section: mounting,
      title: `from a repository that is ${how}`,
      differs: "mount",
      async run(registry) {
        const source = await registry.fresh();
        const repository = await registry.fresh();
        const blob = unique(512);
        const config = await source.push(blob);
        expect((await source.put(manifestOf(config, []))).status).toBe(201);
        const from = how === "named" ? `&from=${source.name}` : "";
        const where = `/blobs/uploads/?mount=${config.digest}${from}`;
        await expectBlob(repository, await repository.ask("POST", where), blob, config.digest);
      },
    }),
  ),
  {
    section: mounting,
    title: "of a blob that is not there begins an upload",
    async run(registry) {
      const source = await registry.fresh();
      const repository = await registry.fresh();
      await source.push("something");
      const blob = unique(512);
      const digest = digestOf(blob);
      const where = `/blobs/uploads/?mount=${digest}&from=${source.name}`;
      const answer = await repository.ask("POST", where);
      expect(answer.status).toBe(202);
      expect(pathOf(answer)).toContain(`/v2/${repository.name}/blobs/uploads/`);
      const end = await repository.ask("PUT", `${pathOf(answer)}?digest=${digest}`, { body: blob });
      await expectBlob(repository, end, blob, digest);
    },
  },
  {
    section: "Pushing blobs",
    title: "a push makes its repository",
    differs: "a repository that is not there",
    async run(registry) {
      await registry.unmade().push("first of all");
    },
  },
];
