import { expect } from "vitest";
import { indexOf, manifestOf, ociIndex } from "../registry.ts";
import { type Case, digestOf, type Repository } from "./case.ts";

const names = ["a1", "a2", "b", "c", "Z"];

async function tagged(repository: Repository): Promise<void> {
  const bytes = manifestOf(await repository.push("{}"), []);
  for (const reference of names) await repository.put(bytes, { reference });
}

async function tagsOf({ ask }: Repository, query = ""): Promise<string[]> {
  const answer = await ask("GET", `/tags/list${query}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { tags: string[] }).tags;
}

export const discoveryCases: Case[] = [
  {
    section: "Listing Tags",
    title: "all of them in the order of their bytes, `n` of them, and those after `last`",
    async run(registry) {
      const repository = await registry.fresh();
      await tagged(repository);
      expect(await tagsOf(repository)).toEqual(["Z", "a1", "a2", "b", "c"]);
      expect(await tagsOf(repository, "?n=2")).toEqual(["Z", "a1"]);
      expect(await tagsOf(repository, "?n=0")).toEqual([]);
      expect(await tagsOf(repository, "?last=a1")).toEqual(["a2", "b", "c"]);
      expect(await tagsOf(repository, "?n=2&last=a1")).toEqual(["a2", "b"]);
      expect(await tagsOf(repository, "?last=zzz")).toEqual([]);
    },
  },
  {
    section: "Listing Tags",
    title: "page by page, by the Link header",
    async run(registry) {
      const repository = await registry.fresh();
      await tagged(repository);
      const seen: string[] = [];
      for (let path: string | undefined = "/tags/list?n=2"; path; ) {
        const answer: Response = await repository.ask("GET", path);
        seen.push(...((await answer.json()) as { tags: string[] }).tags);
        path = /^<(.+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
      }
      expect(seen).toEqual(["Z", "a1", "a2", "b", "c"]);
    },
  },
  {
    section: "Listing Tags",
    title: "as JSON, by its type",
    differs: "tags list",
    async run(registry) {
      const repository = await registry.fresh();
      const answer = await repository.ask("GET", "/tags/list");
      await tagged(repository);
      const head = await repository.ask("HEAD", "/tags/list");
      expect(head.headers.get("content-type")).toBe("application/json");
      expect([200, 404]).toContain(answer.status);
    },
  },
  {
    section: "Listing Referrers",
    title: "of what nothing refers to: an empty index, also where there is no manifest",
    async run(registry) {
      const repository = await registry.fresh();
      await repository.push("{}");
      const answer = await repository.ask("GET", `/referrers/${digestOf("hello world")}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe(ociIndex);
      expect(await answer.json()).toEqual(JSON.parse(indexOf([])));
    },
  },
  {
    section: "Listing Referrers",
    title: "never 404, also where there is no repository",
    differs: "a repository that is not there",
    async run(registry) {
      const answer = await registry.unmade().ask("GET", `/referrers/${digestOf("hello world")}`);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual(JSON.parse(indexOf([])));
    },
  },
  {
    section: "Listing Referrers",
    title: "of a digest that is none: 400",
    async run(registry) {
      for (const { ask } of [await registry.fresh()]) {
        expect((await ask("GET", "/referrers/sha256:abc")).status).toBe(400);
      }
    },
  },
];

export const managementCases: Case[] = [
  {
    section: "Deleting tags",
    title: "takes the tag alone: the manifest stays",
    differs: "`DELETE` of an image's last tag",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      await repository.put(bytes, { reference: "gone" });
      expect((await repository.ask("DELETE", "/manifests/gone")).status).toBe(202);
      expect((await repository.ask("GET", "/manifests/gone")).status).toBe(404);
      expect((await repository.ask("GET", `/manifests/${digestOf(bytes)}`)).status).toBe(200);
    },
  },
  {
    section: "Deleting Manifests",
    title: "takes its tags along, and the list of tags shows it",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      for (const reference of ["one", "two"]) await repository.put(bytes, { reference });
      const where = `/manifests/${digestOf(bytes)}`;
      expect((await repository.ask("DELETE", where)).status).toBe(202);
      for (const path of [where, "/manifests/one", "/manifests/two"]) {
        expect((await repository.ask("GET", path)).status).toBe(404);
      }
      expect(await tagsOf(repository)).toEqual([]);
      expect((await repository.ask("DELETE", where)).status).toBe(404);
    },
  },
  {
    section: "Deleting Manifests",
    title: "also one that an index lists",
    differs: "`DELETE` of a child of an index",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      await repository.put(bytes);
      const child = { mediaType: "application/vnd.oci.image.manifest.v1+json" };
      const entry = { ...child, digest: digestOf(bytes), size: bytes.length };
      await repository.put(indexOf([entry]));
      const where = `/manifests/${digestOf(bytes)}`;
      expect((await repository.ask("DELETE", where)).status).toBe(202);
    },
  },
  {
    section: "Deleting Blobs",
    title: "and it is gone",
    differs: "`DELETE` of a blob",
    async run(registry) {
      const { ask, push } = await registry.fresh();
      const { digest } = await push("gone");
      expect((await ask("DELETE", `/blobs/${digest}`)).status).toBe(202);
      expect((await ask("HEAD", `/blobs/${digest}`)).status).toBe(404);
      expect((await ask("DELETE", `/blobs/${digest}`)).status).toBe(404);
    },
  },
];
