import type { Digest } from "../oci/reference.ts";
import type { RepositorySettings, TagTemplates, TargetRequest } from "../release/request.ts";

/** An image that is to go elsewhere, and where it is now. */
export interface ImageWish {
  /** As it was asked for. */
  readonly named: string;
  readonly at: TargetRequest;
  readonly repository: string;
  /** The host that was named, where only ECR itself can say whose it is. */
  readonly host?: string;
  /** `beginning` is that of a digest. */
  readonly image:
    | { readonly tag: string }
    | { readonly digest: Digest }
    | { readonly beginning: string };
}

/** Where images are to go; without a repository, to one of the same name. */
export interface Destination {
  readonly target: TargetRequest;
  readonly repository?: string;
}

/** Everything that was asked for, in one checked value. */
export interface PromotionRequest {
  readonly images: readonly ImageWish[];
  readonly to: readonly Destination[];
  /** The tags to write; absent: those that the image has as a release, and the floating tags of its lines. */
  readonly tags?: readonly string[];
  readonly templates: TagTemplates;
  /** How a repository is made where there is none. */
  readonly repository: RepositorySettings;
  /** The accounts that may take part, as caller or as registry; absent: no word about it. */
  readonly expectAccounts?: readonly string[];
}
