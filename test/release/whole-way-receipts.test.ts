import { json } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { ecrsOf } from "../../src/cli/world.ts";
import type { Ecr } from "../../src/ecr/types.ts";
import type { Digest } from "../../src/oci/reference.ts";
import { type ReadRecord, readRecord } from "../../src/release/receipt-artifact.ts";
import { targetRegistry } from "../../src/release/target-registry.ts";
import { prepareLayout } from "../support/prepared.ts";
import type { Project } from "../support/project.ts";
import { type Rehearsal, release } from "../support/release.ts";
import { stage } from "../support/stage.ts";

const regions = ["us-east-1", "eu-west-1"];
const id = { name: "team/app" };

let local: Rehearsal;
let made: Project;

beforeEach(async () => {
  ({ local, made } = await stage({
    "slipway.yaml":
      "image: team/app\ntargets: [us-east-1, eu-west-1]\nrepository: { create: true }\n",
    Dockerfile: "FROM scratch\n",
  }));
});

const { signal } = new AbortController();

function ecrAt(region: string): Ecr {
  return ecrsOf({ signal, report: () => {} })({ region });
}

async function recordsAt(region: string, digest: Digest): Promise<ReadRecord[]> {
  const found = await ecrAt(region).referrers(id, digest);
  return found.flatMap((referrer) => readRecord(referrer) ?? []);
}

/** Releases a new commit, its image made without docker. */
async function releaseNext(version: string) {
  made.commit();
  await prepareLayout(made, local);
  local.requests.length = 0;
  return await release(made, version);
}

describe("a receipt at the image", () => {
  it("says at every target where each floating tag was before", async () => {
    const first = await releaseNext("1.4.0");
    const second = await releaseNext("1.5.0");
    for (const region of regions) {
      expect(await recordsAt(region, first.receipt.digest)).toMatchObject([{ moved: [] }]);
      const [record, ...more] = await recordsAt(region, second.receipt.digest);
      expect(more).toEqual([]);
      expect(record?.moved).toEqual([
        { tag: "1", from: first.receipt.digest },
        { tag: "latest", from: first.receipt.digest },
      ]);
    }
  });

  it("is the receipt, without its steps and without a tag", async () => {
    const { receipt } = await releaseNext("1.4.0");
    const target = receipt.targets.find(({ id }) => id.endsWith("us-east-1"));
    const [referrer] = await ecrAt("us-east-1").referrers(id, receipt.digest);
    expect(target?.attached).toEqual({ state: "attached", digest: referrer?.digest });
    const tagged = await ecrAt("us-east-1").taggedImages(id);
    expect(tagged.map(({ digest }) => digest)).toEqual([receipt.digest]);
    const document = await documentOf(referrer?.digest as Digest);
    expect(document).toMatchObject({ version: "1.4.0", digest: receipt.digest, format: 1 });
    const { attached: _, copied, ...told } = target as typeof target & object;
    expect(document).toHaveProperty("targets", [{ ...told, copied }]);
    expect(document).not.toHaveProperty("steps");
  });

  it("is there before a floating tag moves", async () => {
    const config = "image: team/app\ntargets: [us-east-1]\nrepository: { create: true }\n";
    made.commit({ "slipway.yaml": config });
    await releaseNext("1.4.0");
    await releaseNext("1.5.0");
    const written = local.requests.flatMap(({ method, path, operation }) => {
      if (operation === "PutImage") return ["tag"];
      return method === "PUT" && path.includes("/manifests/") ? ["manifest"] : [];
    });
    // After the image: 1.5.0 and its commit; the record; then 1.5, 1 and latest.
    const afterImage = written.slice(written.indexOf("tag"));
    expect(afterImage).toEqual(["tag", "tag", "manifest", "tag", "tag", "tag"]);
  });

  it("costs three requests a target, and none where nothing was done", async () => {
    await releaseNext("1.4.0");
    local.requests.length = 0;
    // The image is there already: only its record goes up by the registry's protocol.
    const { receipt } = await release(made, "1.5.0");
    const sent = local.requests.filter(({ path }) => path.startsWith("/v2/"));
    const each = ["PATCH", "POST", "PUT"].map(
      (method) => sent.filter((request) => request.method === method).length,
    );
    expect(sent).toHaveLength(3 * regions.length);
    expect(each).toEqual([0, 2, 4]);
    local.requests.length = 0;
    const again = await release(made, "1.5.0");
    expect(local.requests.some(({ path }) => path.startsWith("/v2/"))).toBe(false);
    expect(again.receipt.targets.every((target) => target.attached === undefined)).toBe(true);
    expect(await recordsAt("us-east-1", receipt.digest)).toHaveLength(2);
  });

  it("is sent once where the answer to it gets lost", async () => {
    await releaseNext("1.4.0");
    local.requests.length = 0;
    const upload = { method: "PUT", path: "/v2/team/app/blobs/uploads/*" };
    local.ecr.setFaults({ rules: [{ ...upload, fault: "lost" }] });
    const { receipt } = await release(made, "1.5.0");
    expect(receipt.targets.map(({ attached }) => attached?.state)).toEqual([
      "attached",
      "attached",
    ]);
    const begun = local.requests.filter(({ method }) => method === "PUT");
    const blobs = begun.filter(({ path }) => path.includes("/blobs/uploads/"));
    expect(blobs).toHaveLength(regions.length);
  });

  it("is given up where the registry refuses it, with a note and a release that holds", async () => {
    await releaseNext("1.4.0");
    // The same image under another version: the only manifest that goes up by this way is the record's.
    const path = "/v2/team/app/manifests/*";
    const refusal = {
      fault: "error",
      code: "UNSUPPORTED",
      status: 405,
      message: "Invalid JSON syntax",
    } as const;
    local.ecr.setFaults({ rules: [{ method: "PUT", path, ...refusal }] });
    const { receipt, events } = await release(made, "1.5.0");
    for (const { attached, tags } of receipt.targets) {
      expect(attached).toMatchObject({ state: "refused", why: expect.stringContaining("405") });
      expect(tags.map(({ tag }) => tag)).toContain("1.5.0");
    }
    const notes = events.filter(({ type }) => type === "note");
    expect(notes).toHaveLength(2);
  });
});

async function documentOf(record: Digest): Promise<unknown> {
  const ecr = ecrAt("us-east-1");
  const { uri = "" } = (await ecr.repository(id)) ?? {};
  const world = { ecr: () => ecr, signal, report: () => {} };
  const registry = await targetRegistry({ region: "us-east-1" }, uri, world);
  const { bytes } = await registry.manifest({ digest: record, mediaType: "" });
  const [layer] = JSON.parse(bytes.toString()).layers;
  return await json(await registry.blob(layer));
}
