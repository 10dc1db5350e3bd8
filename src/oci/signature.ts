/** What wrote a signature: cosign, or Notation and ECR's managed signing, which sign alike. */
export type Signer = "cosign" | "notation";

interface Referring {
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const cosignSignature = "application/vnd.dev.cosign.artifact.sig.v1+json";
const notationSignature = "application/vnd.cncf.notary.signature";
const bundle = "application/vnd.dev.sigstore.bundle.";
const emptyConfig = "application/vnd.oci.empty.v1+json";
const predicate = "dev.sigstore.bundle.predicateType";
const signing = "https://sigstore.dev/cosign/sign/v1";

/**
 * Who wrote this referrer as a signature; `undefined` for what is none, such as an attestation in a bundle. Cosign 2
 * gives its signatures a type by their config; cosign 3 writes bundles
 * (https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md), and until sigstore/cosign#4422 without an
 * artifact type, so that they are known by their annotation. It says nothing of whose key it was.
 */
export function signerOf({ artifactType = "", annotations }: Referring): Signer | undefined {
  if (artifactType === notationSignature) return "notation";
  if (artifactType === cosignSignature) return "cosign";
  const stated = annotations[predicate];
  if (artifactType.startsWith(bundle))
    return (stated ?? signing) === signing ? "cosign" : undefined;
  return artifactType === emptyConfig && stated === signing ? "cosign" : undefined;
}
