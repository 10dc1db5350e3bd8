import { evaluatePolicy } from "../../lifecycle/evaluate.ts";
import type { LifecyclePolicy } from "../../lifecycle/policy.ts";
import { isDeparture, type Verdict } from "../../lifecycle/verdict.ts";
import { lifecycleImages } from "../lifecycle/departures.ts";
import { type Image, type ImageStatus, type Repository, statusOf } from "../repository.ts";
import type { Registry, State } from "../state.ts";

/** What a local ECR holds. Times are ISO 8601, sizes bytes. */
export interface LocalStatus {
  readonly now: string;
  /** Milliseconds that the clock was moved ahead. */
  readonly ahead: number;
  readonly registries: readonly RegistryStatus[];
}

export interface RegistryStatus {
  readonly account: string;
  readonly region: string;
  /** As image names begin. */
  readonly host: string;
  readonly repositories: readonly RepositoryStatus[];
}

export interface RepositoryStatus {
  readonly name: string;
  readonly mutability: string;
  readonly images: number;
  readonly tags: number;
  /** Layers and configs, each once. */
  readonly bytes: number;
  readonly lifecycle?: { readonly lastEvaluatedAt?: string };
}

/** What the console and `slipway local status` show. `ahead`: milliseconds by which the clock was moved. */
export function statusOfState(state: State, ahead: number): LocalStatus {
  const now = new Date(state.now()).toISOString();
  const registries = [...state.registries.values()].map(statusOfRegistry);
  return { now, ahead, registries };
}

function statusOfRegistry({ account, region, host, repositories }: Registry): RegistryStatus {
  const sorted = [...repositories.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { account, region, host, repositories: sorted.map(statusOfRepository) };
}

function statusOfRepository(repository: Repository): RepositoryStatus {
  const { name, mutability, images, tags, layers, lifecycle } = repository;
  const at = lifecycle?.evaluatedAt;
  return {
    name,
    mutability: mutability.mutability,
    images: images.size,
    tags: tags.size,
    bytes: [...layers.values()].reduce((sum, { size }) => sum + size, 0),
    ...(lifecycle && {
      lifecycle: at === undefined ? {} : { lastEvaluatedAt: new Date(at).toISOString() },
    }),
  };
}

/** One image, as the page of a repository shows it. */
export interface ImageView {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly mediaType: string;
  readonly size: number;
  readonly pushedAt: number;
  readonly status: ImageStatus;
  /** What the repository's lifecycle policy means for it, in words. */
  readonly fate: string;
  /** It goes at the policy's next run. */
  readonly leaves: boolean;
  /** It belongs to another image: a signature, an attestation. */
  readonly refers: boolean;
}

/** The images of a repository, the newest first, and what becomes of each under its policy. */
export function imageViews(repository: Repository, now: number): ImageView[] {
  const { lifecycle, images } = repository;
  const verdicts = lifecycle
    ? evaluatePolicy(
        JSON.parse(lifecycle.text) as LifecyclePolicy,
        lifecycleImages(repository, now),
        now,
      )
    : [];
  const byDigest = new Map(verdicts.map((verdict) => [verdict.digest as string, verdict]));
  const views = [...images.values()].map((image) => viewOf(image, now, byDigest.get(image.digest)));
  return views.reverse();
}

function viewOf(image: Image, now: number, verdict: Verdict | undefined): ImageView {
  const { digest, tags, mediaType, size, pushedAt } = image;
  return {
    ...{ digest, tags: [...tags], mediaType, size, pushedAt },
    status: statusOf(image, now),
    fate: verdict ? fateOf(verdict) : "stays: no policy",
    leaves: verdict !== undefined && isDeparture(verdict),
    refers: image.subject !== undefined,
  };
}

function fateOf(verdict: Verdict): string {
  switch (verdict.fate) {
    case "kept":
      return keptBecause(verdict);
    case "blocked":
      return `rule ${verdict.rule}, but an index lists it`;
    default: {
      const next = `${verdict.fate === "expires" ? "expires" : "is archived"} at the next run`;
      return verdict.because === "rule"
        ? `${next}: rule ${verdict.rule}`
        : `${next}, with its subject`;
    }
  }
}

function keptBecause(verdict: Extract<Verdict, { fate: "kept" }>): string {
  const rule = verdict.because === "rule" ? `rule ${verdict.rule}` : "no rule";
  if (verdict.until === undefined) return `stays: ${rule}`;
  const until = new Date(verdict.until).toISOString().slice(0, 16).replace("T", " ");
  return `stays until ${until}: ${rule}`;
}
