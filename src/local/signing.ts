import { type Descriptor, isIndexType, mediaTypes, parseManifest } from "../oci/manifest.ts";
import type { Digest } from "../oci/reference.ts";
import { digestBytes, keepBytesNow } from "./content.ts";
import { matchesWildcard } from "./mutability.ts";
import { newImage } from "./push.ts";
import type { SigningRule } from "./registry-settings.ts";
import type { Image, Repository, RepositoryEvent } from "./repository.ts";
import { commit, type Registry, type State } from "./state.ts";

/** Milliseconds of the server's clock from a push to its signature. */
const lagMs = 500;

/** One signature that a rule asks for. */
interface Job {
  readonly at: number;
  readonly registry: Registry;
  readonly repository: Repository;
  readonly digest: Digest;
  readonly profileArn: string;
}

/** As the API shows it. */
export interface SigningState {
  readonly signingProfileArn: string;
  readonly status: "IN_PROGRESS" | "COMPLETE" | "FAILED";
  readonly failureCode?: string;
  readonly failureReason?: string;
}

export interface Signing {
  /** Sees what was done to a repository, and has signed what was pushed. */
  readonly sign: (registry: Registry, name: string, events: readonly RepositoryEvent[]) => void;
  /** Does what was due until now. Cheap when nothing is. */
  readonly catchUp: () => void;
  readonly statesOf: (registry: Registry, repository: Repository, image: Image) => SigningState[];
}

/**
 * Managed signing: a signature for each rule that fits, a while after the push, as a referrer in Notation's form. Nobody can
 * verify it: there is no key. What was not done when the server ends is not done. It fails for who may not use
 * `signer:SignPayload`. https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
 */
export function openSigning(state: State): Signing {
  const waiting: Job[] = [];
  const failed = new WeakMap<Repository, Set<string>>();
  const finish = (job: Job) => {
    const { registry, repository, digest, profileArn } = job;
    const live = registry.repositories.get(repository.name);
    const image = repository.images.get(digest);
    if (live !== repository || image === undefined) return;
    if (mayNotSign(state, repository)) {
      const names = failed.get(repository) ?? new Set();
      failed.set(repository, names.add(`${digest} ${profileArn}`));
    } else
      commit(registry, repository, signatureEvents(state, registry, repository, image, profileArn));
  };
  return {
    sign(registry, name, events) {
      const repository = registry.repositories.get(name);
      const profiles = profilesFor(registry.settings.signing, name);
      if (repository === undefined || profiles.length === 0) return;
      const at = state.now() + lagMs;
      for (const digest of containerImagesIn(repository, events)) {
        for (const profileArn of profiles) {
          waiting.push({ at, registry, repository, digest, profileArn });
        }
      }
    },
    catchUp() {
      for (let next = waiting[0]; next && next.at <= state.now(); next = waiting[0]) {
        waiting.shift();
        finish(next);
      }
    },
    statesOf(registry, repository, image) {
      const jobs = waiting.filter(
        (job) => job.repository === repository && job.digest === image.digest,
      );
      const profiles = new Set([
        ...profilesFor(registry.settings.signing, repository.name),
        ...jobs.map(({ profileArn }) => profileArn),
      ]);
      return [...profiles].flatMap((signingProfileArn): SigningState[] => {
        const one = { signingProfileArn };
        if (jobs.some((job) => job.profileArn === signingProfileArn)) {
          return [{ ...one, status: "IN_PROGRESS" }];
        }
        if (failed.get(repository)?.has(`${image.digest} ${signingProfileArn}`)) {
          return [{ ...one, status: "FAILED", ...notAllowed }];
        }
        const { digest } = signatureOf(image, signingProfileArn);
        return repository.images.has(digest) ? [{ ...one, status: "COMPLETE" }] : [];
      });
    },
  };
}

/** The form is the API's, the words are ours: no record shows ECR's. */
const notAllowed = {
  failureCode: "AccessDeniedException",
  failureReason:
    "The principal that pushed the image may not use signer:SignPayload on the profile",
};

function mayNotSign({ denials }: State, { name }: Repository): boolean {
  return denials.some(
    ({ action, repository = name }) => action === "SignPayload" && repository === name,
  );
}

/** Each profile once, whichever rules name it. */
function profilesFor(rules: readonly SigningRule[] = [], name: string): string[] {
  const fitting = rules.filter(
    ({ filters }) => filters.length === 0 || filters.some((one) => matchesWildcard(one, name)),
  );
  return [...new Set(fitting.map(({ profileArn }) => profileArn))];
}

const imageConfigs: readonly string[] = [mediaTypes.ociConfig, mediaTypes.dockerConfig];

/** "Only container images can be signed", and no signatures. */
function containerImagesIn(repository: Repository, events: readonly RepositoryEvent[]): Digest[] {
  return events.flatMap((event) => {
    const image = event.did === "add-image" ? repository.images.get(event.image.digest) : undefined;
    if (image === undefined || image.subject !== undefined) return [];
    const isOne = isIndexType(image.mediaType) || imageConfigs.includes(image.artifactType ?? "");
    return isOne ? [image.digest] : [];
  });
}

/**
 * A signature's manifest as Notation writes it
 * (https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md). The same image and the
 * same profile give the same one, so that it needs no record of its own.
 */
function signatureOf({ digest, mediaType, manifestBytes }: Image, profileArn: string) {
  const envelope = Buffer.from(JSON.stringify({ subject: digest, profile: profileArn }));
  const empty = Buffer.from("{}");
  const thumbprint = digestBytes(profileArn, "sha256").slice("sha256:".length);
  const contents = [empty, envelope];
  const [config, layer] = [
    descriptorOf(empty, "application/vnd.cncf.notary.signature"),
    descriptorOf(envelope, "application/jose+json"),
  ];
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
      subject: { mediaType, digest, size: manifestBytes },
      annotations: { "io.cncf.notary.x509chain.thumbprint#S256": JSON.stringify([thumbprint]) },
    }),
  );
  return { bytes, digest: digestBytes(bytes, "sha256"), contents, blobs: [config, layer] };
}

function descriptorOf(bytes: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestBytes(bytes, "sha256"), size: bytes.length };
}

function signatureEvents(
  state: State,
  registry: Registry,
  repository: Repository,
  image: Image,
  profileArn: string,
): RepositoryEvent[] {
  const { bytes, digest, contents, blobs } = signatureOf(image, profileArn);
  if (repository.images.has(digest)) return [];
  for (const content of [bytes, ...contents]) {
    keepBytesNow(state.content, content, digestBytes(content, "sha256"));
  }
  const now = state.now();
  const manifest = parseManifest(bytes);
  return [
    ...blobs.flatMap(({ digest, size }) =>
      repository.layers.has(digest)
        ? []
        : [{ did: "add-layer", layer: { digest, size, addedAt: now } } as const],
    ),
    ...newImage({ registry, repository }, manifest, {
      digest,
      manifestBytes: bytes.length,
      pushedAt: now,
    }),
  ];
}
