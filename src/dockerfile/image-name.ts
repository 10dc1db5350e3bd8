/** An image as FROM and --from name it. */
export interface ImageName {
  /** Host and path, without tag and digest. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** `ghcr.io/team/app:1@sha256:…` in its parts; a port before the first slash is no tag. */
export function parseImageName(text: string): ImageName {
  const [name = "", digest] = text.split("@");
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  const isTagged = colon !== -1;
  return {
    repository: isTagged ? name.slice(0, colon) : name,
    ...(isTagged && { tag: name.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** The name of an official image (`python`), when the repository is one of Docker Hub's or its mirror's library. */
export function officialName(repository: string): string | undefined {
  const official =
    /^(?:(?:index\.)?docker\.io\/|registry-1\.docker\.io\/|public\.ecr\.aws\/docker\/|mirror\.gcr\.io\/)?(?:library\/)?([^/.:]+)$/;
  return official.exec(repository)?.[1];
}
