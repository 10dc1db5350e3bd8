/**
 * Stands in for cosign where it must fail or be counted, and where there is none: takes its arguments, reads registry credentials where it does
 * (DOCKER_CONFIG), and pushes a referrer of the form that cosign 3 writes, with a signature that is none.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { digestOf, mediaTypes } from "../../../src/oci/manifest.ts";
import { parseReference } from "../../../src/oci/reference.ts";
import { openRegistry } from "../../../src/oci/registry.ts";

const [command, ...args] = process.argv.slice(2);
if (command === "version") process.exit(0);
const { DOCKER_CONFIG = "", COSIGN_EXPERIMENTAL, STAND_IN_LOG = "", STAND_IN_FAILS } = process.env;
appendFileSync(STAND_IN_LOG, `${JSON.stringify({ command, args, COSIGN_EXPERIMENTAL })}\n`);
if (STAND_IN_FAILS) {
  process.stderr.write("Error: signing: getting key from KMS: AccessDenied\n");
  process.exit(1);
}
const { host = "", repository, digest } = parseReference(args.at(-1) ?? "");
const { auths } = JSON.parse(readFileSync(join(DOCKER_CONFIG, "config.json"), "utf8"));
const [username = "", password = ""] = atob(auths[host].auth).split(":");
const registry = openRegistry({
  origin: `http://${host}`,
  repository,
  credentials: async () => ({ username, password }),
});
const subject = await registry.manifest({ digest: digest as never, mediaType: "" });
const bundle = Buffer.from(JSON.stringify({ signs: digest }));
const mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const layer = { mediaType, digest: digestOf(bundle), size: bundle.length };
const empty = Buffer.from("{}");
const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(empty), size: 2 };
await registry.putBlob(layer, Readable.from([bundle]));
await registry.putBlob(config, Readable.from([empty]));
const bytes = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: mediaType,
    config,
    layers: [layer],
    subject: { mediaType: subject.mediaType, digest, size: subject.bytes.length },
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
    },
  }),
);
await registry.putManifest({ bytes, mediaType: mediaTypes.ociManifest, digest: digestOf(bytes) });
