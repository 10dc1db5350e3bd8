import type { ManagedSigning } from "../../ecr/types.ts";
import type { StatementKind } from "../../oci/statements.ts";
import type { Finding, GateTarget } from "../../release/gate.ts";

const url = "https://docs.sigstore.dev/cosign/signing/signing_with_containers/";

export function cosignMissing(why: string): Finding {
  return {
    code: "COSIGN_MISSING",
    level: "error",
    place: "PATH",
    message: why,
    reason: "the image is to be signed, and nothing leaves that could not be signed afterwards",
    repair: "install cosign, or take cosign out of gates.signature",
    url: "https://docs.sigstore.dev/cosign/system_config/installation/",
  };
}

export function signingFailed({ id, digest }: GateTarget, said: string): Finding {
  return {
    code: "SIGNING_FAILED",
    level: "error",
    place: id,
    message: `cosign did not sign ${digest}: ${said}`,
    reason: "no tag is written to an image without the signature that was asked for",
    repair: "mend what cosign says, and run the same command again: all content is there",
    url,
  };
}

export function signatureElsewhere({ id, digest }: GateTarget): Finding {
  return {
    code: "SIGNATURE_ELSEWHERE",
    level: "error",
    place: id,
    message: `cosign ended well, and no signature refers to ${digest}`,
    reason:
      "a signature under a tag such as sha256-….sig meets immutable tags, and is not copied along",
    repair: "cosign 2.2 or later; leave --registry-referrers-mode and COSIGN_REPOSITORY out",
    url,
  };
}

const managedUrl = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html";

/** `undefined` for what ECR has signed. */
export function managedFinding(
  { id, digest, repository }: GateTarget,
  ended: ManagedSigning,
): Finding | undefined {
  const finding = { level: "error", place: id, url: managedUrl } as const;
  const reason = "no tag is written to an image without the signature that was asked for";
  switch (ended.state) {
    case "signed":
      return undefined;
    case "none":
      return {
        ...finding,
        code: "MANAGED_SIGNING_NONE",
        message: `ECR signs nothing of ${digest}`,
        reason:
          "a signing rule signs what is pushed after it was made, in the repositories that it fits",
        repair: `release a new image after a rule that fits ${repository.name} was made: aws ecr put-signing-configuration`,
      };
    case "unfinished":
      return {
        ...finding,
        code: "MANAGED_SIGNING_UNFINISHED",
        message: `ECR still signs ${digest} after 5 minutes`,
        reason,
        repair: "run the same command again: all content is there",
      };
    case "failed": {
      const why = ended.failures.map(({ profile, reason }) => `${reason} (${profile})`).join("; ");
      return {
        ...finding,
        code: "MANAGED_SIGNING_FAILED",
        message: `ECR did not sign ${digest}: ${why}`,
        reason,
        repair:
          "ECR signs as the principal that pushes, who needs signer:SignPayload on the profile; then release a new image",
      };
    }
  }
}

const statements: Readonly<
  Record<StatementKind, Pick<Finding, "code" | "reason" | "repair"> & { readonly what: string }>
> = {
  sbom: {
    code: "SBOM_MISSING",
    what: "an SBOM",
    reason: "without it nobody can say later which packages were in the image",
    repair: "attestations: { sbom: true } in slipway.yaml, and build it anew",
  },
  provenance: {
    code: "PROVENANCE_MISSING",
    what: "its provenance",
    reason: "without it nobody can say later what the image was built from, and how",
    repair: "attestations: { provenance: min } or max in slipway.yaml, and build it anew",
  },
};

const statementsUrl = "https://docs.docker.com/build/metadata/attestations/";

export function notAsked(kind: StatementKind): Finding {
  const { what, ...finding } = statements[kind];
  const message = `gates.signature requires ${what}, and the build is not asked for it`;
  return { ...finding, level: "error", place: "attestations", message, url: statementsUrl };
}

export function notStated(kind: StatementKind, platforms: readonly string[]): Finding {
  const { what, ...finding } = statements[kind];
  const place = platforms.join(", ");
  const message = `the image's index has not ${what}, which gates.signature requires`;
  return { ...finding, level: "error", place, message, url: statementsUrl };
}
