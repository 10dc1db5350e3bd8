import type { Hit, Judged } from "../rule.ts";
import type { Origin, Stage } from "../stages.ts";

type Based = { readonly stage: Stage; readonly image: Extract<Origin, { kind: "image" }> };

/** The images that the build stands on, once each line. A stage, a named context, `scratch` and what an argument decides are none. */
function bases({ needed }: Judged): readonly Based[] {
  return needed.flatMap((stage) =>
    stage.base.kind === "image" ? [{ stage, image: stage.base }] : [],
  );
}

/** `FROM python`: the tag `latest`, and not even said. */
export function baseWithoutTag(judged: Judged): readonly Hit[] {
  if (judged.pin === "off") return [];
  return bases(judged)
    .filter(({ image }) => image.tag === undefined && image.digest === undefined)
    .map(({ stage, image }) => ({
      line: stage.from.line,
      message: `the base image ${image.repository} has no tag`,
      repair: `name a version: FROM ${image.repository}:VERSION`,
    }));
}

/** https://docs.docker.com/build/building/best-practices/#pin-base-image-versions */
export function baseLatest(judged: Judged): readonly Hit[] {
  if (judged.pin === "off") return [];
  return bases(judged)
    .filter(({ image }) => image.tag === "latest" && image.digest === undefined)
    .map(({ stage, image }) => ({
      line: stage.from.line,
      message: `the base image is ${image.repository}:latest`,
      repair: `name a version: FROM ${image.repository}:VERSION`,
    }));
}

/** A tag is moved by whoever owns it; the digest is the image. Refuses only where `pin: digest` asks for it. */
export function baseNotPinned(judged: Judged): readonly Hit[] {
  if (judged.pin === "off") return [];
  return bases(judged)
    .filter(
      ({ image }) =>
        image.digest === undefined && image.tag !== undefined && image.tag !== "latest",
    )
    .map(({ stage, image }) => {
      const name = `${image.repository}:${image.tag}`;
      return {
        line: stage.from.line,
        message: `the base image ${name} is not pinned by its digest`,
        repair: `FROM ${name}@sha256:…; docker buildx imagetools inspect ${name} tells the digest`,
        level: judged.pin === "digest" ? "error" : "info",
      };
    });
}
