import { createCipheriv, createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ProcessPlace, run } from "./process.ts";

export interface ProjectOptions {
  /** Bytes of the image's own layers, both platforms together. */
  readonly bytes: number;
  /** Named build contexts. */
  readonly contexts: Readonly<Record<string, string>>;
  /** More keys of its slipway.yaml. */
  readonly settings?: object;
}

export interface Project {
  readonly folder: string;
  /** The five tags that a release of `1.0.0` writes. */
  readonly tags: readonly string[];
  /** The image's repository. */
  readonly image: string;
  readonly platforms: readonly string[];
  readonly contexts: Readonly<Record<string, string>>;
}

const architectures = ["amd64", "arm64"];
/** Shares of a platform's layers, as an image has: one large, some small. */
const shares = [0.4, 0.3, 0.2, 0.1];

export const lifecyclePolicy = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 100 },
      action: { type: "expire" },
    },
  ],
});

/** A committed project whose image is a base image and four layers a platform, which do not compress. */
export async function makeProject(
  place: ProcessPlace,
  { bytes, contexts, settings = {} }: ProjectOptions,
): Promise<Project> {
  const folder = place.cwd;
  const image = "bench";
  const platforms = architectures.map((architecture) => `linux/${architecture}`);
  const write = (name: string, content: string | Buffer) =>
    writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, "data"), { recursive: true });
  for (const architecture of architectures) {
    for (const [at, share] of shares.entries()) {
      const size = Math.round((bytes / architectures.length) * share);
      write(join("data", `${architecture}-${at}`), noise(`${architecture} ${at} ${bytes}`, size));
    }
  }
  write("Dockerfile", dockerfile());
  // Built elsewhere, as binaries are, and not in git: committing them would take longer than all else.
  write(".gitignore", "data/\n");
  write("lifecycle.json", lifecyclePolicy);
  write(
    "slipway.yaml",
    `image: ${image}
platforms: ${JSON.stringify(platforms)}
build: { contexts: ${JSON.stringify(contexts)} }
targets: [us-east-1]
lifecycle: lifecycle.json
${Object.entries(settings)
  .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
  .join("")}`,
  );
  const sha = await commit(place);
  const tags = ["1.0.0", `sha-${sha.slice(0, 12)}`, "1.0", "1", "latest"];
  return { folder, image, platforms, contexts, tags };
}

/**
 * All platforms take the same files from the context: where each takes others, BuildKit sends all of them anew whenever
 * two platforms come in another order than the time before, which is by chance.
 */
function dockerfile(): string {
  const copies = shares.map((_, at) => `COPY --from=data /$TARGETARCH-${at} /data/${at}`);
  const data = ["FROM scratch AS data", "COPY data /"];
  return [...data, "FROM busybox:1.37", "ARG TARGETARCH", ...copies, ""].join("\n");
}

/** Makes a repository of the folder and commits what is there; answers with the commit. */
export async function commit(place: ProcessPlace): Promise<string> {
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"];
  const plain = ["-c", "commit.gpgSign=false", "-c", "core.hooksPath=/dev/null"];
  const git = (...args: string[]) => run(["git", ...identity, ...plain, ...args], place);
  await git("init", "--quiet", "--initial-branch", "main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "Begin");
  return (await git("rev-parse", "HEAD")).stdout.trim();
}

/** Bytes that do not compress, the same for the same seed, at gigabytes a second. */
export function noise(seed: string, size: number): Buffer {
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
