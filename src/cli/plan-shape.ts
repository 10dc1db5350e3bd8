import { guardNames } from "../lifecycle/guards.ts";
import { gateStages } from "../release/gate.ts";
import { inUseSources } from "../retention/guards.ts";
import {
  anything,
  count,
  flag,
  kindOf,
  listOf,
  mapOf,
  matching,
  maybe,
  objectOf,
  oneOf,
  orNull,
  type Shape,
  share,
  text,
} from "./shape.ts";

const digest = matching(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, "a digest");
const texts = listOf(text);
const named = mapOf(text);
const request = objectOf({
  ...{ region: text, account: maybe(text), profile: maybe(text), role: maybe(text) },
  ...{ externalId: maybe(text), sessionName: maybe(text) },
});
const told = listOf(objectOf({ code: text, message: text, target: maybe(text) }));
const policy = objectOf({ rules: listOf(objectOf({})) });

const source = {
  ...{ platforms: texts, context: text, dockerfile: text, target: maybe(text), args: named },
  ...{ secrets: listOf(objectOf({ id: text, file: maybe(text), env: maybe(text) })), ssh: texts },
  ...{ labels: named, contexts: named, layouts: maybe(named), cacheFrom: texts, cacheTo: texts },
  ...{ noCache: flag, pull: flag },
};
const spec = objectOf({
  ...source,
  ...{ linked: maybe(mapOf(objectOf(source))), builder: maybe(text), reproducible: flag },
  ...{ provenance: oneOf("none", "min", "max"), sbom: flag },
});

const settings = objectOf({
  ...{ mutability: text, mutabilityExclusions: texts, scanOnPush: flag, resourceTags: named },
  encryption: objectOf({ type: oneOf("AES256", "KMS", "KMS_DSSE"), kmsKey: maybe(text) }),
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
    before: maybe(objectOf({ version: text, target: text, digest })),
  },
  copy: { ...because, target: text, mountFrom: maybe(texts) },
  verify: { ...because, target: text },
  tag: { ...because, target: text, tag: text, kind, from: orNull(digest) },
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
  registry: { digest, target: text, others: maybe(texts) },
});

const targets = listOf(
  objectOf({
    ...{ id: text, account: text, region: text, request, uri: orNull(text) },
    ...{ digest: maybe(digest), unlisted: maybe(texts) },
  }),
);

const onePlan = objectOf({
  ...{ image: text, version: objectOf({ value: text, because: text }), directory: text },
  source: objectOf({ commit: text, committedAt: text, worktree: orNull(text), inputs: text }),
  ...{ platforms: texts, versionTemplates: texts, targets, leftOut: targets, content },
  tags: listOf(objectOf({ tag: text, kind, template: text })),
  expects: listOf(objectOf({ about: text, target: text, tag: text, digest: orNull(digest) })),
  ...{ steps: listOf(step), notes: told },
  problems: listOf(objectOf({ code: text, message: text, remedy: text, target: maybe(text) })),
});

const severalPlans = objectOf({
  plans: listOf(onePlan),
  unchanged: listOf(objectOf({ image: text, version: text, commit: text })),
});

/** What `Plan` or `Plans` is as JSON. */
export const releasePlan: Shape = (value, path) =>
  ("plans" in Object(value) ? severalPlans : onePlan)(value, path);

/** What of `RetentionPlan` is used of a saved one: all else is planned anew. */
export const retentionPlan: Shape = objectOf({
  at: text,
  guards: objectOf({
    ...{ inUse: texts, inUseFrom: maybe(listOf(oneOf(...inUseSources))), floating: texts },
    ...{ allow: listOf(oneOf(...guardNames)), releases: count, maxShare: share },
  }),
  repositories: listOf(
    objectOf({
      ...{ id: text, repository: text, account: text, request, present: orNull(text) },
      state: oneOf("same", "differs", "none", "remove", "no-repository"),
      wanted: orNull(policy),
    }),
  ),
  failures: listOf(
    objectOf({ id: text, repository: text, code: text, message: text, suggestions: texts }),
  ),
  unreadableInUse: anything,
});
