import type { Pin } from "./pins.ts";

/** A browser without a screen and the libraries that few machines have; Debian's updates replace it, and then theirs are taken. */
export const chromiumPins: readonly Pin[] = [
  {
    suite: "bookworm",
    path: "pool/main/c/chromium/chromium-common_150.0.7871.100-1~deb12u1_amd64.deb",
    sha256: "31326f6b71ce20a52e7bea9792bf7135d4ff802e1cdbc250960b1b46729998d2",
  },
  {
    suite: "bookworm",
    path: "pool/main/c/chromium/chromium-headless-shell_150.0.7871.100-1~deb12u1_amd64.deb",
    sha256: "a6d195a93c6d4ee6ea17e99a183d52bd49599138f395a5c861a29ac592e081ee",
  },
  {
    suite: "bookworm",
    path: "pool/main/liba/libasyncns/libasyncns0_0.8-6+b3_amd64.deb",
    sha256: "cadaff99f4178b1f580331045621b363abaaefc994e78eecba1857774a3cead2",
  },
  {
    suite: "bookworm",
    path: "pool/main/d/double-conversion/libdouble-conversion3_3.2.1-1_amd64.deb",
    sha256: "802b880ed900e4a8d54bab77b7551a7f3408b04891c3e5650fdc2368cc1fbc0a",
  },
  {
    suite: "bookworm",
    path: "pool/main/f/flac/libflac12_1.4.2+ds-2_amd64.deb",
    sha256: "4d8431c274eef13ec9ee2c0bf988c34b4342367dec053b7f69a432525be5b1fe",
  },
  {
    suite: "bookworm",
    path: "pool/main/h/harfbuzz/libharfbuzz-subset0_6.0.0+dfsg-3_amd64.deb",
    sha256: "020de1eeba5fb56052a6ca71b259f8cbe3f6fce5038f4caca751c7e4867ca33f",
  },
  {
    suite: "bookworm",
    path: "pool/main/m/minizip/libminizip1_1.1-8+deb12u1_amd64.deb",
    sha256: "b2999b980cbb9e6dcaa2d5154c9d1f1b9d55f5a0ca8166699de7ab47afaf4a36",
  },
  {
    suite: "bookworm",
    path: "pool/main/l/lame/libmp3lame0_3.100-6_amd64.deb",
    sha256: "b1292c749172e7623547ecf684da57d3ec6ca22109f08b11bbb9e6be6e6beb95",
  },
  {
    suite: "bookworm",
    path: "pool/main/m/mpg123/libmpg123-0_1.31.2-1+deb12u1_amd64.deb",
    sha256: "a10ad0d59995b859797a5f20d2833672051d0b2c7dab4c71f2e79258b2e3f631",
  },
  {
    suite: "bookworm",
    path: "pool/main/libo/libogg/libogg0_1.3.5-3_amd64.deb",
    sha256: "f67acb0477aed0354f411172e37af338f3ac6bd4f3766134a2cf5539884b5a28",
  },
  {
    suite: "bookworm",
    path: "pool/main/o/openh264/libopenh264-7_2.3.1+dfsg-3+deb12u2_amd64.deb",
    sha256: "d453c4d81b7b3ff14663da75471250a4894543ae5ab5e902e225aca56aec56e8",
  },
  {
    suite: "bookworm",
    path: "pool/main/o/opus/libopus0_1.3.1-3_amd64.deb",
    sha256: "c172e212f9039e741916aa8e12f3670d1e049dc0c16685325641288c2d83faa7",
  },
  {
    suite: "bookworm",
    path: "pool/main/p/pulseaudio/libpulse0_16.1+dfsg1-2+b1_amd64.deb",
    sha256: "7b2c5403cb726312219aad678becc6d6adcee1d8694fdffce0b6ec15ae010831",
  },
  {
    suite: "bookworm",
    path: "pool/main/libs/libsndfile/libsndfile1_1.2.0-1+deb12u1_amd64.deb",
    sha256: "02dc3f08fe8476e82e005f412e3b7289ff641180f33a9be8073f4bde61c85e8e",
  },
  {
    suite: "bookworm",
    path: "pool/main/libv/libvorbis/libvorbis0a_1.3.7-1_amd64.deb",
    sha256: "01c14f9d1109650077a4c5c337c285476a6932d4d448f5a190c2b845724dbf21",
  },
  {
    suite: "bookworm",
    path: "pool/main/libv/libvorbis/libvorbisenc2_1.3.7-1_amd64.deb",
    sha256: "75dd4d6f904c7db82f5112e60d8efea9e81dfedf94e970c5da7af2b3d81643c0",
  },
  {
    suite: "bookworm",
    path: "pool/main/libx/libxnvctrl/libxnvctrl0_525.85.05-3~deb12u1_amd64.deb",
    sha256: "6fc26e4b6069f4648692e0c225f580161e3b0c04e4bac1c616c8a418a9a9817d",
  },
];
