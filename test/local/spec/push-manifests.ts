import { expect } from "vitest";
import { indexOf, manifestOf, ociIndex } from "../registry.ts";
import { type Algorithm, type Case, digestOf, pathOf, type Repository } from "./case.ts";
import { type Content, type Kind, kinds } from "./kinds.ts";

interface Told {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly config?: { readonly mediaType: string };
  readonly subject?: { readonly digest: string };
}

async function pushAll(
  repository: Repository,
  { blobs, manifests, tag }: Content,
  algorithm: Algorithm,
): Promise<void> {
  for (const blob of blobs) await repository.push(blob, algorithm);
  for (const bytes of manifests) {
    const reference = digestOf(bytes, algorithm);
    const answer = await repository.put(bytes, { reference });
    expect(answer.status, await answer.text()).toBe(201);
    expect(answer.headers.get("docker-content-digest")).toBe(reference);
  }
  const last = manifests.at(-1) ?? "";
  if (tag) expect((await repository.put(last, { reference: tag })).status).toBe(201);
}

async function expectPulls(
  { ask }: Repository,
  { blobs, manifests, tag }: Content,
  algorithm: Algorithm,
): Promise<void> {
  const named = manifests.map((bytes) => [digestOf(bytes, algorithm), bytes] as const);
  for (const [reference, bytes] of [...named, ...(tag ? [[tag, manifests.at(-1)] as const] : [])]) {
    const answer = await ask("GET", `/manifests/${reference}`);
    expect(await answer.text()).toBe(bytes);
    expect(answer.headers.get("content-type")).toBe((JSON.parse(bytes ?? "") as Told).mediaType);
    expect((await ask("HEAD", `/manifests/${reference}`)).status).toBe(200);
  }
  for (const blob of blobs) {
    const answer = await ask("GET", `/blobs/${digestOf(blob, algorithm)}`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(blob));
  }
  const tags = (await (await ask("GET", "/tags/list")).json()) as { tags: string[] };
  expect(tags.tags).toEqual(tag ? [tag] : []);
}

/** Each referrer is listed with all that its manifest says, also where its type alone is asked for. */
async function expectReferrers(repository: Repository, { manifests }: Content): Promise<void> {
  for (const bytes of manifests) {
    const told = JSON.parse(bytes) as Told;
    if (!told.subject) continue;
    const artifactType = told.artifactType ?? told.config?.mediaType ?? "";
    const size = Buffer.byteLength(bytes);
    const entry = { mediaType: told.mediaType, digest: digestOf(bytes), size, artifactType };
    const wanted = { ...entry, ...(told.annotations && { annotations: told.annotations }) };
    const all = await referrersOf(repository, told.subject.digest, "");
    expect(all.manifests).toContainEqual(wanted);
    const filter = `?artifactType=${encodeURIComponent(artifactType)}`;
    const some = await referrersOf(repository, told.subject.digest, filter);
    expect(some.manifests).toContainEqual(wanted);
    expect(new Set(some.manifests.map((one) => one.artifactType))).toEqual(new Set([artifactType]));
  }
}

async function referrersOf({ ask }: Repository, subject: string, query: string) {
  const answer = await ask("GET", `/referrers/${subject}${query}`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe(ociIndex);
  expect(answer.headers.get("oci-filters-applied")).toBe(query === "" ? null : "artifactType");
  const list = (await answer.json()) as { readonly manifests: readonly Told[] };
  expect(list).toMatchObject({ schemaVersion: 2, mediaType: ociIndex });
  return list;
}

/** First the tag, then what lists others, then what is listed. */
async function deleteAll(
  { ask }: Repository,
  { manifests, tag }: Content,
  algorithm: Algorithm,
): Promise<void> {
  const names = manifests.map((bytes) => digestOf(bytes, algorithm)).reverse();
  for (const reference of tag ? [tag, ...names] : names) {
    expect([202, 404]).toContain((await ask("DELETE", `/manifests/${reference}`)).status);
    expect((await ask("HEAD", `/manifests/${reference}`)).status).toBe(404);
  }
}

function caseOf({ name, differs, algorithm = "sha256", make }: Kind): Case {
  return {
    section: "Pushing Manifests",
    title: `${name}: pushed, listed, pulled, referred to and deleted`,
    ...(differs !== undefined && { differs }),
    async run(registry) {
      const repository = await registry.fresh();
      const content = make();
      await pushAll(repository, content, algorithm);
      await expectPulls(repository, content, algorithm);
      await expectReferrers(repository, content);
      await deleteAll(repository, content, algorithm);
    },
  };
}

export const pushManifestCases: Case[] = [
  ...kinds.map(caseOf),
  {
    section: "Pushing Manifests",
    title: "the answer tells where the manifest is",
    differs: "`PUT` of a manifest",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      const answer = await repository.put(bytes, { reference: "there" });
      expect(await (await repository.ask("GET", pathOf(answer))).text()).toBe(bytes);
    },
  },
  {
    section: "Pushing Manifests with Subject",
    title: "the answer tells that the subject was understood",
    async run(registry) {
      const repository = await registry.fresh();
      const config = await repository.push("{}");
      const subject = { ...config, digest: digestOf("not there yet") };
      const answer = await repository.put(manifestOf(config, [], { subject }));
      expect(answer.headers.get("oci-subject")).toBe(subject.digest);
    },
  },
  {
    section: "Pushing Manifests",
    title: "a push by digest sets the tags that its query names (after 1.1.1)",
    differs: "`PUT` of a manifest with `?tag=`",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      for (const algorithm of ["sha256", "sha512"] as const) {
        const names = [`${algorithm}-a`, `${algorithm}-b`];
        const reference = `${digestOf(bytes, algorithm)}?tag=${names.join("&tag=")}`;
        const answer = await repository.put(bytes, { reference });
        expect(answer.status).toBe(201);
        expect(answer.headers.get("oci-tag")?.split(", ")).toEqual(names);
        for (const name of names) {
          const head = await repository.ask("HEAD", `/manifests/${name}`);
          expect(head.headers.get("docker-content-digest")).toBe(digestOf(bytes, algorithm));
        }
      }
    },
  },
  {
    section: "Pushing Manifests",
    title: "one that is larger than the registry takes: 413",
    differs: "a manifest of more than 4 MiB",
    async run(registry) {
      const repository = await registry.fresh();
      const annotations = { long: "x".repeat(5_000_000) };
      const answer = await repository.put(indexOf([], { annotations }), { reference: "long" });
      expect(answer.status).toBe(413);
    },
  },
  {
    section: "Pushing Manifests",
    title: "bytes that are not those of the digest: 400",
    async run(registry) {
      const repository = await registry.fresh();
      const bytes = manifestOf(await repository.push("{}"), []);
      const answer = await repository.put(`${bytes}  `, { reference: digestOf(bytes) });
      expect(answer.status).toBe(400);
    },
  },
];
