import type { Pin } from "./pins.ts";

/**
 * The registry clients and the registry that people have beside docker: what the local ECR must serve unchanged, and what
 * Slipway is measured against. They ask for no newer libc than Debian 12 and Ubuntu 22.04 have.
 */
export const clientPins: readonly Pin[] = [
  {
    suite: "forky",
    path: "pool/main/g/go-containerregistry/crane_0.20.7+ds1-5_amd64.deb",
    sha256: "2d4bdb12724eda42214bb8957aecc472e561317938da3c95402a9ee30c73fa3b",
  },
  {
    suite: "forky",
    path: "pool/main/o/oras/oras_1.3.3-1_amd64.deb",
    sha256: "474f8451e880a64d7daed412baa52febd1c7d988ed778eadac00bdcbdad53af4",
  },
  {
    suite: "forky",
    path: "pool/main/c/cosign/cosign_3.1.1-2_amd64.deb",
    sha256: "d8622ebffce1d69197288fc030ff06a4c247af5507107f85c5a878870b686b23",
  },
  {
    suite: "bookworm",
    path: "pool/main/d/docker-registry/docker-registry_2.8.2+ds1-1_amd64.deb",
    sha256: "a9bd06c0e006854608f8469b4371743f40604ad90975532bb3b7ceeb72fe2913",
  },
];
