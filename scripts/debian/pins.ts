/** One package of Debian, by its place in the archive and its checksum. */
export interface Pin {
  readonly suite: Suite;
  readonly path: string;
  readonly sha256: string;
}

export type Suite = "bookworm" | "trixie" | "forky";

/**
 * The docker of Debian's testing suite: the first with a containerd image store and a buildx that
 * exports OCI layouts well. It asks for no newer libc than Debian 12 and Ubuntu 22.04 have.
 */
export const dockerPins: readonly Pin[] = [
  {
    suite: "forky",
    path: "pool/main/d/docker.io/docker.io_28.5.2+dfsg4-5_amd64.deb",
    sha256: "69a59cc77a1fb8ee9ad6859abc2e6de5d76b70887405595c2b1307818fecf682",
  },
  {
    suite: "forky",
    path: "pool/main/d/docker.io/docker-cli_28.5.2+dfsg4-5_amd64.deb",
    sha256: "8ea2428acdda666f41263f5a0d3a85681a696491361574eb7bd721a1194939b9",
  },
  {
    suite: "forky",
    path: "pool/main/d/docker-buildx/docker-buildx_0.29.1+ds1-4_amd64.deb",
    sha256: "6103bcc4eab8169ae679f806d3949ffc99a1545a61fddea6124da826f115f2bf",
  },
  {
    suite: "forky",
    path: "pool/main/c/containerd/containerd_2.1.9+ds1-5_amd64.deb",
    sha256: "2dda86ce7033fd612fc50e136679d8174ccad680eb29cd4611e0d2a1b84cf591",
  },
];

/** Debian moves testing on and then has these no more; the docker of Debian 13 stands in for them. */
export const dockerFallbackSuite: Suite = "trixie";

/** What dockerd calls, from Debian 12 because the newer ones need a newer libc. */
export const helperPins: readonly Pin[] = [
  {
    suite: "bookworm",
    path: "pool/main/r/runc/runc_1.1.5+ds1-1+deb12u1_amd64.deb",
    sha256: "a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5",
  },
  {
    suite: "bookworm",
    path: "pool/main/t/tini/tini_0.19.0-1+b3_amd64.deb",
    sha256: "7d1947665fa40e55f218fefad773dc6de66458d0b39eaa292cdcadfc7c996632",
  },
  {
    suite: "bookworm",
    path: "pool/main/i/iptables/iptables_1.8.9-2_amd64.deb",
    sha256: "2928d3ca6ca8a3dc3f423f6752822b1f3614a5ba609ff7806bcba4449ffe90e1",
  },
  {
    suite: "bookworm",
    path: "pool/main/i/iptables/libip4tc2_1.8.9-2_amd64.deb",
    sha256: "f2c48b367f9ec13f9aa577e7ccf81b371ce5d5fe22dddf9d7aa99f1e0bb7cfc4",
  },
  {
    suite: "bookworm",
    path: "pool/main/i/iptables/libip6tc2_1.8.9-2_amd64.deb",
    sha256: "be88db3dfa2fe3345ea343207f7c75345602686121e579023d021c348b9b4f4d",
  },
  {
    suite: "bookworm",
    path: "pool/main/i/iptables/libxtables12_1.8.9-2_amd64.deb",
    sha256: "cb841d66950a43af4a398625313d2f3da9065299c9738538de6c2c3495857040",
  },
  {
    suite: "bookworm",
    path: "pool/main/libs/libseccomp/libseccomp2_2.5.4-1+deb12u1_amd64.deb",
    sha256: "108fe67957ca7cf9ba51d801118a1b37d404bea7b6e365025cd00779e9eca38d",
  },
  {
    suite: "bookworm",
    path: "pool/main/libn/libnftnl/libnftnl11_1.2.4-2_amd64.deb",
    sha256: "9e619e1470a1915264e906020f3bfc046fd8458043b1342686d997b5078213af",
  },
  {
    suite: "bookworm",
    path: "pool/main/libm/libmnl/libmnl0_1.0.4-3_amd64.deb",
    sha256: "4581f42e3373cb72f9ea4e88163b17873afca614a6c6f54637e95aa75983ea7c",
  },
  {
    suite: "bookworm",
    path: "pool/main/libn/libnfnetlink/libnfnetlink0_1.0.2-2_amd64.deb",
    sha256: "ae5cbba417ea48f34c1f72c27e8146a81f20614c1296bca2cd7234c8215fddcc",
  },
  {
    suite: "bookworm",
    path: "pool/main/libn/libnetfilter-conntrack/libnetfilter-conntrack3_1.0.9-3_amd64.deb",
    sha256: "65f1539238f60fcc85d115acd640474f45c77bfddcf402eb7d75965a783c2bc8",
  },
];

/** Runs arm64 programs on amd64; linked statically, as the kernel's F flag needs it. */
export const emulatorPins: readonly Pin[] = [
  {
    suite: "trixie",
    path: "pool/main/q/qemu/qemu-user_10.0.13+ds-0+deb13u1_amd64.deb",
    sha256: "ca6ede739327a20ae5a3498230c8a3a9a072c586e131bc6bcc1201eb1725e336",
  },
];

/** The only content of the base image that stands in for `busybox:1.37`. */
export const busyboxPins: readonly Pin[] = [
  {
    suite: "trixie",
    path: "pool/main/b/busybox/busybox-static_1.37.0-6+b9_amd64.deb",
    sha256: "598a3fd92bdafc34cd81196b2952ad36e910e47a4ecf162f8ce5e8e262598e53",
  },
  {
    suite: "trixie",
    path: "pool/main/b/busybox/busybox-static_1.37.0-6+b9_arm64.deb",
    sha256: "c833be48abfa16bc19c4966ec93e289ff1ce5d2f1476cad3a57bd105378cd15c",
  },
];

/** `pool/main/t/tini/tini_0.19.0-1_amd64.deb` is package `tini`, version `0.19.0-1`, for `amd64`. */
export function packageOf(pin: Pin): { name: string; version: string; architecture: string } {
  const file = pin.path.slice(pin.path.lastIndexOf("/") + 1).replace(/\.deb$/, "");
  const [name = "", version = "", architecture = ""] = file.split("_");
  return { name, version, architecture };
}
