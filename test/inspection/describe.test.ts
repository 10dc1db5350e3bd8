import { describe, expect, it } from "vitest";
import { inspectImage } from "../../src/inspection/read.ts";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { builder } from "./images.ts";

const attestation = (digest: string) => ({
  platform: { os: "unknown", architecture: "unknown" },
  annotations: {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": digest,
  },
});
const inToto = (content: string, predicateType: string) => ({
  content,
  mediaType: "application/vnd.in-toto+json",
  annotations: { "in-toto.io/predicate-type": predicateType },
});

describe("an image", () => {
  it("has its layers' instructions, past those that made none", async () => {
    const { image, found } = builder();
    const history = [
      { created_by: "ADD rootfs.tar / # buildkit" },
      { created_by: "ENV A=b", empty_layer: true },
      { created_by: "RUN /bin/sh -c make # buildkit" },
    ];
    const root = image({ history }, [{ content: "one" }, { content: "three" }]);
    const { kind, platforms } = await inspectImage(found(root));
    expect(kind).toBe("image");
    expect(platforms[0]?.layers.map(({ instruction, bytes }) => [instruction, bytes])).toEqual([
      ["ADD rootfs.tar /", 3],
      ["RUN make", 5],
    ]);
    expect(platforms[0]?.bytes).toBe((platforms[0]?.config.bytes ?? 0) + 8);
  });

  it.each([
    ["fewer entries than layers", [{ created_by: "RUN a" }], [null, null]],
    ["none at all", [], [null, null]],
    [
      "entries that buildkit filled up on a base without any",
      [{ created_by: "COPY x /" }, { created_by: "[linux/amd64 stage-1 1/2] COPY y /" }],
      [null, "COPY y /"],
    ],
  ])("claims no instruction from a history with %s", async (_, history, expected) => {
    const { image, found } = builder();
    const root = image({ history }, [{ content: "one" }, { content: "two" }]);
    const { platforms } = await inspectImage(found(root));
    expect(platforms[0]?.layers.map(({ instruction }) => instruction)).toEqual(expected);
  });

  it("is an image as docker pushes it, too", async () => {
    const { put, manifest, found } = builder();
    const config = put({ os: "linux", architecture: "arm64" }, mediaTypes.dockerConfig);
    expect(await inspectImage(found(manifest(config, [{}])))).toMatchObject({
      kind: "image",
      platforms: [{ platform: "linux/arm64" }],
      artifacts: [],
    });
  });

  it("knows layers that are zstd, unpacked, kept elsewhere, or listed twice", async () => {
    const { image, found } = builder();
    const oci = "application/vnd.oci.image.layer";
    const root = image({}, [
      { content: "zstd", mediaType: `${oci}.v1.tar+zstd` },
      { content: "plain", mediaType: `${oci}.v1.tar` },
      { content: "away", mediaType: `${oci}.nondistributable.v1.tar+gzip` },
      { content: "stargz", annotations: { "io.containers.estargz.uncompressed-size": "99" } },
      { content: "stargz", annotations: { "io.containers.estargz.uncompressed-size": "99" } },
    ]);
    const [platform] = (await inspectImage(found(root))).platforms;
    expect(platform?.layers.map(({ unpackedBytes }) => unpackedBytes)).toEqual([
      ...[null, 5, null, 99, 99],
    ]);
    expect(platform?.layers.map(({ foreign }) => foreign)).toEqual([
      ...[false, false, true, false, false],
    ]);
    expect(platform?.bytes).toBe((platform?.config.bytes ?? 0) + 4 + 5 + 4 + 6);
  });

  it("is read without its layers and the configs of attestations", async () => {
    const { image, index, manifest, put, found } = builder();
    const one = image({}, [{ content: "one" }]);
    const config = put({ os: "unknown" }, "application/vnd.oci.image.config.v1+json");
    const about = manifest(config, [inToto("sbom", "https://spdx.dev/Document")]);
    const read: string[] = [];
    const root = index([one, { ...about, ...attestation(one.digest) }]);
    const inspection = await inspectImage(found(root, read));
    expect(read).toEqual([inspection.platforms[0]?.config.digest]);
  });
});

describe("an index", () => {
  it("has an attestation of each platform, also where both are one manifest", async () => {
    const { image, index, found } = builder();
    const [one, other] = ["amd64", "arm64"].map((architecture) => ({
      ...image({ os: "linux", architecture }, [{ content: architecture }]),
      platform: { os: "linux", architecture },
    }));
    if (!one || !other) expect.fail("two were made");
    const provenance = inToto("{}", "https://slsa.dev/provenance/v0.2");
    const about = image({ os: "unknown" }, [provenance]);
    const both = [one, other].map(({ digest }) => ({ ...about, ...attestation(digest) }));
    const { attestations } = await inspectImage(found(index([one, other, ...both])));
    expect(attestations.map(({ about }) => about)).toEqual([one.digest, other.digest]);
  });

  it("has platforms, attestations and what is neither", async () => {
    const { image, index, manifest, put, found } = builder();
    const amd64 = image({}, [{}]);
    const arm64 = image({ architecture: "arm64", variant: "v8" }, [{}]);
    const empty = put("{}", "application/vnd.oci.empty.v1+json");
    const about = manifest(empty, [
      inToto("one", "https://slsa.dev/provenance/v1"),
      inToto("two", "https://spdx.dev/Document"),
    ]);
    const chart = manifest(empty, [], { artifactType: "application/x-chart" });
    const root = index(
      [
        { ...amd64, platform: { os: "linux", architecture: "amd64" } },
        { ...arm64, platform: { os: "linux", architecture: "arm64", variant: "v8" } },
        { ...about, ...attestation(arm64.digest) },
        chart,
      ],
      { annotations: { team: "ships" } },
    );
    const inspection = await inspectImage(found(root));
    expect(inspection).toMatchObject({ kind: "index", annotations: { team: "ships" } });
    expect(inspection.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/arm64/v8",
    ]);
    expect(inspection.attestations).toMatchObject([
      {
        about: arm64.digest,
        predicateTypes: ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"],
      },
    ]);
    expect(inspection.artifacts).toMatchObject([{ artifactType: "application/x-chart" }]);
  });

  it("counts an index in it with what that lists, each manifest once", async () => {
    const { image, index, found } = builder();
    const amd64 = image({}, [{}]);
    const arm64 = image({ architecture: "arm64" }, [{}]);
    const inspection = await inspectImage(found(index([amd64, index([amd64, arm64])])));
    expect(inspection.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
  });

  it("has one manifest once for each platform that it is listed for", async () => {
    const { image, index, found } = builder();
    const same = image({}, [{}]);
    const platforms = ["amd64", "arm64", "amd64"].map((architecture) => ({
      ...same,
      platform: { os: "linux", architecture },
    }));
    const inspection = await inspectImage(found(index(platforms)));
    expect(inspection.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/arm64",
    ]);
  });

  it("takes the config's word for a platform that it calls unknown, and tells Windows apart", async () => {
    const { image, index, found } = builder();
    const windows = { os: "windows", architecture: "amd64" };
    const inspection = await inspectImage(
      found(
        index([
          { ...image({}, [{}]), platform: { os: "unknown", architecture: "unknown" } },
          { ...image({ ...windows, "os.version": "10.0.1" }, [{}]), platform: windows },
          { ...image({ ...windows, "os.version": "10.0.2" }, [{}]), platform: windows },
        ]),
      ),
    );
    expect(inspection.platforms.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "windows(10.0.1)/amd64",
      "windows(10.0.2)/amd64",
    ]);
  });
});

describe("an artifact", () => {
  it("is no image and has no platforms", async () => {
    const { manifest, put, found } = builder();
    const config = put("{}", "application/vnd.cncf.helm.config.v1+json");
    const inspection = await inspectImage(found(manifest(config, [{ content: "chart" }])));
    expect(inspection).toMatchObject({
      kind: "artifact",
      platforms: [],
      artifacts: [{ artifactType: "application/vnd.cncf.helm.config.v1+json", bytes: 7 }],
    });
  });
});

describe("content that lies", () => {
  it("is refused when a config has other bytes than its digest says", async () => {
    const { image, found, blobs } = builder();
    const root = image({}, [{}]);
    const image1 = JSON.parse(String(blobs.get(root.digest)));
    const config = String(blobs.get(image1.config.digest)).replace("amd64", "arm64");
    blobs.set(image1.config.digest, Buffer.from(config));
    await expect(inspectImage(found(root))).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
  });

  it("is refused when a config is said to be of 5 MB", async () => {
    const { manifest, put, found } = builder();
    const config = { ...put("{}", "application/vnd.oci.image.config.v1+json"), size: 5_000_000 };
    await expect(inspectImage(found(manifest(config, [])))).rejects.toMatchObject({
      code: "MANIFEST_INVALID",
    });
  });

  it.each(["[]", "nonsense", "null"])("is refused when a config is %s", async (text) => {
    const { manifest, put, found } = builder();
    const config = put(text, "application/vnd.oci.image.config.v1+json");
    const reading = inspectImage(found(manifest(config, [{}])));
    await expect(reading).rejects.toMatchObject({ code: "MANIFEST_INVALID" });
  });

  it("does no harm with fields of other types", async () => {
    const { image, found } = builder();
    const strange = {
      history: [7, null],
      config: { Env: ["A", 7], Cmd: "x", Labels: { a: 1 }, User: {} },
    };
    const [platform] = (await inspectImage(found(image(strange, [{}])))).platforms;
    expect(platform?.settings).toMatchObject({
      env: [{ name: "A", value: "" }],
      cmd: [],
      user: "",
    });
  });
});

describe("secrets", () => {
  it.each([
    ["one word", "a".repeat(3_000_000)],
    ["many quotes", 'a="'.repeat(1_000_000)],
    ["many shells", "RUN |1 /sh -c".repeat(200_000)],
    ["many shells that no command follows", `|1 ${"powershell ".repeat(60_000)}`],
  ])(
    "are looked for in bounded time: %s of megabytes",
    { timeout: 20_000 },
    async (_, created_by) => {
      const { image, found } = builder();
      const [platform] = (await inspectImage(found(image({ history: [{ created_by }] }, [{}]))))
        .platforms;
      expect(platform?.layers[0]?.instruction?.length).toBeLessThan(10_100);
    },
  );

  it("are blotted out of the annotations of an index, of an image and of what refers to it", async () => {
    const { image, index, found } = builder();
    const annotations = {
      "org.opencontainers.image.source": "https://u:hunter2@example.com/app",
      "deploy.token": "hunter2",
    };
    const referrer = {
      ...{ digest: digestOf("one"), mediaType: mediaTypes.ociManifest, size: 1 },
      ...{ status: "ACTIVE" as const, annotations },
    };
    const built = found(index([image({}, [{}], { annotations })], { annotations }));
    const inspection = await inspectImage({ ...built, referrers: async () => [referrer] });
    expect(JSON.stringify(inspection)).not.toContain("hunter2");
    const shown = {
      "org.opencontainers.image.source": "https://•••@example.com/app",
      "deploy.token": "•••",
    };
    expect(inspection.annotations).toEqual(shown);
    expect(inspection.platforms[0]?.annotations).toEqual(shown);
    expect(inspection.referrers[0]?.annotations).toEqual(shown);
  });

  it("are blotted out by name in the environment, the commands and the history", async () => {
    const { image, found } = builder();
    const history = [{ created_by: "RUN /bin/sh -c API_KEY=hunter2 make --password=hunter2" }];
    const config = {
      Env: ["DB_PASSWORD=hunter2", "DB=postgres://u:hunter2@db/x", "MODE=fast"],
      Cmd: ["app", "--token=hunter2", "--mode=fast http://u:hunter2@a http://u:hunter2@b"],
      Labels: { "deploy.token": "hunter2" },
    };
    const inspection = await inspectImage(found(image({ history, config }, [{}])));
    expect(JSON.stringify(inspection)).not.toContain("hunter2");
    expect(inspection.platforms[0]?.settings.env).toEqual([
      { name: "DB_PASSWORD", value: "•••" },
      { name: "DB", value: "postgres://•••@db/x" },
      { name: "MODE", value: "fast" },
    ]);
    const mode = "--mode=fast http://•••@a http://•••@b";
    expect(inspection.platforms[0]?.settings.cmd).toEqual(["app", "--token=•••", mode]);
  });
});
