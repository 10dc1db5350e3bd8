import * as z from "zod/mini";
import { guardNames } from "../../lifecycle/guards.ts";
import { gateStages } from "../../release/gate.ts";
import { inUseSources } from "../../retention/guards.ts";
import { showPath } from "../../wording.ts";

/** Each says of a value what it is not; `wrongIn` says where. */
const not = (what: string) => ({ error: `is not ${what}` });
const text = z.string(not("a text"));
const flag = z.boolean(not("true or false"));
const count = z.int(not("a count")).check(z.nonnegative(not("a count")));
const share = z
  .number(not("a share from 0 to 1"))
  .check(z.gte(0, not("a share from 0 to 1")), z.lte(1, not("a share from 0 to 1")));
const digest = z
  .string(not("a digest"))
  .check(z.regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, not("a digest")));
const listOf = <S extends z.core.$ZodType>(shape: S) => z.array(shape, not("a list"));
/** What else there is in an object may be of a newer slipway. */
const objectOf = <F extends z.core.$ZodLooseShape>(fields: F) => z.object(fields, not("an object"));
const oneOf = (...words: readonly string[]) => z.enum(words, not(`one of ${words.join(", ")}`));
/** One of several kinds of object, told apart by a field. */
const kindOf = (field: string, kinds: Readonly<Record<string, z.core.$ZodLooseShape>>) => {
  const [first, ...rest] = Object.entries(kinds).map(([kind, fields]) =>
    objectOf({ ...fields, [field]: z.literal(kind) }),
  );
  const unknown = `is not one of ${Object.keys(kinds).join(", ")}`;
  return z.discriminatedUnion(field, [first as NonNullable<typeof first>, ...rest], {
    error: ({ code }) => (code === "invalid_union" ? unknown : "is not an object"),
  });
};
const texts = listOf(text);
const named = z.record(text, text, not("an object"));
const request = objectOf({
  ...{ region: text, account: z.optional(text), profile: z.optional(text), role: z.optional(text) },
  ...{ externalId: z.optional(text), sessionName: z.optional(text) },
});
const told = listOf(objectOf({ code: text, message: text, target: z.optional(text) }));
const policy = objectOf({ rules: listOf(objectOf({})) });

const source = {
  ...{ platforms: texts, context: text, dockerfile: text, target: z.optional(text), args: named },
  ...{
    secrets: listOf(objectOf({ id: text, file: z.optional(text), env: z.optional(text) })),
    ssh: texts,
  },
  ...{
    labels: named,
    contexts: named,
    layouts: z.optional(named),
    cacheFrom: texts,
    cacheTo: texts,
  },
  ...{ noCache: flag, pull: flag },
};
const spec = objectOf({
  ...source,
  ...{
    linked: z.optional(z.record(text, objectOf(source), not("an object"))),
    builder: z.optional(text),
    reproducible: flag,
  },
  ...{ provenance: oneOf("none", "min", "max"), sbom: flag },
});

const settings = objectOf({
  ...{ mutability: text, mutabilityExclusions: texts, scanOnPush: flag, resourceTags: named },
  encryption: objectOf({ type: oneOf("AES256", "KMS", "KMS_DSSE"), kmsKey: z.optional(text) }),
});
const wish = objectOf({
  ...{ gate: oneOf(...Object.keys(gateStages)), mode: oneOf("on", "warn"), skipped: flag },
  settings: objectOf({}),
});
const kind = oneOf("version", "commit", "floating", "channel");

const because = { because: text };
const step = kindOf("action", {
  "create-repository": { ...because, target: text, settings },
  "put-tag-mutability": { ...because, target: text, filters: texts, before: texts },
  build: { ...because, spec, annotations: named },
  gate: {
    ...{ ...because, wish, spec, stage: oneOf("source", "layout", "published") },
    before: z.optional(objectOf({ version: text, target: text, digest })),
  },
  copy: { ...because, target: text, mountFrom: z.optional(texts) },
  verify: { ...because, target: text },
  tag: { ...because, target: text, tag: text, kind, from: z.nullable(digest) },
  "put-lifecycle-policy": { ...because, target: text, policy },
  "git-tag": { ...because, name: text, push: flag },
  keep: { ...because, target: text, what: text },
});

const content = kindOf("from", {
  build: {},
  layout: { digest },
  layouts: {
    ...{ digest, annotations: named },
    parts: listOf(objectOf({ directory: text, digest, platforms: texts })),
  },
  registry: { digest, target: text, others: z.optional(texts) },
});

const targets = listOf(
  objectOf({
    ...{ id: text, account: text, region: text, request, uri: z.nullable(text) },
    ...{ digest: z.optional(digest), unlisted: z.optional(texts) },
  }),
);

const onePlan = objectOf({
  ...{ image: text, version: objectOf({ value: text, because: text }), directory: text },
  source: objectOf({ commit: text, committedAt: text, worktree: z.nullable(text), inputs: text }),
  ...{ platforms: texts, versionTemplates: texts, targets, leftOut: targets, content },
  tags: listOf(objectOf({ tag: text, kind, template: text })),
  expects: listOf(objectOf({ about: text, target: text, tag: text, digest: z.nullable(digest) })),
  ...{ steps: listOf(step), notes: told },
  problems: listOf(objectOf({ code: text, message: text, remedy: text, target: z.optional(text) })),
});

const severalPlans = objectOf({
  plans: listOf(onePlan),
  unchanged: listOf(objectOf({ image: text, version: text, commit: text })),
});

/** Where a value read from JSON is no `Plan` or `Plans`, and what it is not; `undefined` where it is one. */
export function wrongInPlan(value: object): string | undefined {
  return wrongIn("plans" in value ? severalPlans : onePlan, value);
}

/** What of `RetentionPlan` is used of a saved one: all else is planned anew. */
const retentionPlan = objectOf({
  at: text,
  guards: objectOf({
    ...{ inUse: texts, inUseFrom: z.optional(listOf(oneOf(...inUseSources))), floating: texts },
    ...{ allow: listOf(oneOf(...guardNames)), releases: count, maxShare: share },
  }),
  repositories: listOf(
    objectOf({
      ...{ id: text, repository: text, account: text, request, present: z.nullable(text) },
      state: oneOf("same", "differs", "none", "remove", "no-repository"),
      wanted: z.nullable(policy),
    }),
  ),
  failures: listOf(
    objectOf({ id: text, repository: text, code: text, message: text, suggestions: texts }),
  ),
  unreadableInUse: z.unknown(),
});

/** As `wrongInPlan`, of a `RetentionPlan`. */
export function wrongInRetention(value: object): string | undefined {
  return wrongIn(retentionPlan, value);
}

function wrongIn(shape: z.core.$ZodType, value: unknown): string | undefined {
  const [issue] = z.safeParse(shape, value).error?.issues ?? [];
  if (issue === undefined) return undefined;
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  return `${showPath(path) || "it"} ${issue.message}`;
}
