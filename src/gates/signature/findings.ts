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
