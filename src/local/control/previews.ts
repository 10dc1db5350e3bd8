import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { type Preview, type PreviewResult, previewOf } from "../lifecycle/preview.ts";
import { invalidParameter, Refusal } from "../refusal.ts";
import { type Operations, operation, type Place, placeOf, seconds } from "./call.ts";
import { imageIds, inRepository, nextToken, tagStatus } from "./fields.ts";
import { settingOf } from "./lifecycle.ts";
import { numberKey, pageOf } from "./paging.ts";
import { keptPolicy } from "./policy-refusal.ts";
import { nameOf, verifyNoPaging } from "./repositories.ts";
import { type Checked, integer, optional, shape, text } from "./shape.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_StartLifecyclePolicyPreview.html */
export const previewOperations: Operations = {
  StartLifecyclePolicyPreview: operation(
    shape({
      ...inRepository,
      lifecyclePolicyText: optional(text({ min: 100, max: 30_720 })),
    }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const { state, repository } = place;
      const wanted = input.lifecyclePolicyText;
      const kept = wanted === undefined ? settingOf(place).text : keptPolicy(wanted);
      if (isInProgress(state.previews.get(repository))) throw inProgress(place);
      const policy = JSON.parse(kept) as LifecyclePolicy;
      const results = previewOf(repository, policy, state.now());
      const doneAt = performance.now() + state.previewMs;
      // The sample answers of AWS echo the text as it was sent.
      const echoed = wanted ?? kept;
      state.previews.set(repository, { text: echoed, doneAt, results });
      return {
        ...nameOf(place.registry, repository),
        lifecyclePolicyText: echoed,
        status: "IN_PROGRESS",
      };
    },
  ),

  GetLifecyclePolicyPreview: operation(
    shape({
      ...inRepository,
      imageIds: optional(imageIds),
      nextToken,
      maxResults: optional(integer(1, 100)),
      filter: optional(shape({ tagStatus: optional(tagStatus) })),
    }),
    async (input, call) => {
      const place = await placeOf(call, input);
      const preview = place.state.previews.get(place.repository);
      if (!preview) throw noPreview();
      if (input.imageIds) verifyNoPaging("imageIds", input);
      const named = {
        ...nameOf(place.registry, place.repository),
        lifecyclePolicyText: preview.text,
      };
      if (isInProgress(preview)) return { ...named, status: "IN_PROGRESS", previewResults: [] };
      return { ...named, status: "COMPLETE", ...answer(place, preview, input) };
    },
  ),
};

interface Wish {
  readonly imageIds?: Checked<typeof imageIds> | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: { readonly tagStatus?: Checked<typeof tagStatus> | undefined } | undefined;
}

function answer({ state, registry, repository }: Place, { results }: Preview, wish: Wish): object {
  const wanted = results.filter((result) => isWanted(result, wish));
  const { items, ...more } = pageOf(
    {
      secret: state.secret,
      scope: `preview ${registry.account} ${repository.name} ${JSON.stringify(wish.filter)}`,
      items: wanted,
      keyOf: ({ sequence }) => numberKey(sequence),
    },
    wish,
  );
  return { previewResults: items.map(describe), summary: summarise(results), ...more };
}

function isWanted({ digest, tags }: PreviewResult, { imageIds: ids, filter }: Wish): boolean {
  const status = filter?.tagStatus ?? "ANY";
  if (status !== "ANY" && tags.length > 0 !== (status === "TAGGED")) return false;
  if (!ids) return true;
  return ids.some(({ imageDigest, imageTag }) => {
    if (imageDigest === undefined && imageTag === undefined) {
      throw invalidParameter("imageIds", "imageDigest or imageTag must be given");
    }
    const isTag = imageTag === undefined || tags.includes(imageTag);
    return isTag && (imageDigest === undefined || imageDigest === digest);
  });
}

function describe({ digest, tags, pushedAt, does, rule, isArchived }: PreviewResult): object {
  return {
    imageTags: tags,
    imageDigest: digest,
    imagePushedAt: seconds(pushedAt),
    action:
      does === "expires"
        ? { type: "EXPIRE" }
        : { type: "TRANSITION", targetStorageClass: "ARCHIVE" },
    appliedRulePriority: rule,
    storageClass: isArchived ? "ARCHIVE" : "STANDARD",
  };
}

/** Totals of all that the policy marks, whatever the page and the filter. */
function summarise(results: readonly PreviewResult[]): object {
  const archived = results.filter(({ does }) => does === "archived").length;
  return {
    expiringImageTotalCount: results.length - archived,
    ...(archived > 0 && {
      transitioningImageTotalCounts: [{ targetStorageClass: "ARCHIVE", imageTotalCount: archived }],
    }),
  };
}

function isInProgress(preview: Preview | undefined): boolean {
  return preview !== undefined && performance.now() < preview.doneAt;
}

function inProgress({ registry, repository }: Place): Refusal {
  return new Refusal(
    "LifecyclePolicyPreviewInProgressException",
    `A lifecycle policy preview is in progress for the repository with name '${repository.name}' in the registry with id '${registry.account}'`,
  );
}

function noPreview(): Refusal {
  return new Refusal(
    "LifecyclePolicyPreviewNotFoundException",
    "There is no dry run for this repository",
  );
}
