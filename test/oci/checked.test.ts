import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { checked } from "../../src/oci/checked.ts";
import type { Digest } from "../../src/oci/reference.ts";

const text = "twelve bytes";

function described(algorithm: "sha256" | "sha512", of = text) {
  const hex = createHash(algorithm).update(of).digest("hex");
  return { digest: `${algorithm}:${hex}` as Digest, size: of.length };
}

function through(content: readonly string[], descriptor: { digest: Digest; size: number }) {
  const chunks = Readable.from(content.map(Buffer.from));
  return buffer(checked(chunks, descriptor, { name: "the layout", remedy: [] }));
}

describe("checked", () => {
  it.each(["sha256", "sha512"] as const)("passes on what has its %s", async (algorithm) => {
    const bytes = await through(["twelve", " bytes"], described(algorithm));
    expect(bytes.toString()).toBe(text);
  });

  it("passes on nothing when nothing is promised", async () => {
    expect((await through([], described("sha256", ""))).length).toBe(0);
  });

  it("refuses nothing under the digest of something", async () => {
    const promised = { ...described("sha256"), size: 0 };
    await expect(through([], promised)).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
  });

  it.each([
    ["short", ["twelve"], "ends after 6 of 12 bytes"],
    ["empty", [], "ends after 0 of 12 bytes"],
    ["long", ["twelve bytes", "!"], "is longer than its 12 bytes"],
    ["other", ["twelve BYTES"], "has the digest sha256:"],
  ])("refuses what is %s", async (_how, content, why) => {
    await expect(through(content, described("sha256"))).rejects.toMatchObject({
      code: "CONTENT_CORRUPT",
      message: expect.stringMatching(new RegExp(`from the layout .*${why}`)),
    });
  });

  it("keeps the end of what is other to itself", async () => {
    const passed: string[] = [];
    const reading = checked(
      Readable.from([Buffer.from("twelve"), Buffer.from(" BYTES")]),
      described("sha256"),
    );
    const all = (async () => {
      for await (const chunk of reading) passed.push(chunk.toString());
    })();
    await expect(all).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
    expect(passed).toEqual(["twelve"]);
  });

  it("does not wait for the end of what is too long", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64);
      })(),
    );
    const place = { name: "a registry", remedy: [] };
    const reading = buffer(checked(endless, described("sha256"), place));
    await expect(reading).rejects.toMatchObject({ code: "CONTENT_CORRUPT" });
    expect(endless.destroyed).toBe(true);
  });
});
