import { describe, expect, it } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { afterBody, clientOf, serve } from "./server.ts";

const content = Buffer.from("x");
const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf(content), size: 1 };
const manifest = Buffer.from(JSON.stringify({ mediaType: mediaTypes.ociIndex, manifests: [] }));
const stored = { bytes: manifest, digest: digestOf(manifest), mediaType: mediaTypes.ociIndex };
const refused = { code: "REGISTRY_FAILED" };

async function* pieces() {
  yield content;
}

describe("what is written goes to no other place", () => {
  it.each(["POST", "PUT"])("where a %s is sent on, as to a login page", async (method) => {
    await using portal = await serve((request, response) =>
      afterBody(request, () => response.writeHead(200).end()),
    );
    await using server = await serve((request, response) =>
      afterBody(request, () =>
        request.method === method
          ? response.writeHead(302, { Location: `${portal.origin}/login` }).end()
          : response.writeHead(202, { Location: "/v2/up/1" }).end(),
      ),
    );
    const registry = clientOf(server);
    await expect(registry.putBlob(blob, pieces())).rejects.toMatchObject(refused);
    if (method === "PUT") {
      await expect(registry.putManifest(stored)).rejects.toMatchObject(refused);
    }
    expect(portal.asked).toEqual([]);
  });

  it("nor to a file, where an upload is said to go on in one", async () => {
    await using server = await serve((_, response) =>
      response.writeHead(202, { Location: "file:///tmp/x" }).end(),
    );
    await expect(clientOf(server).putBlob(blob, pieces())).rejects.toMatchObject(refused);
  });
});

describe("a blob whose registry", () => {
  it.each(["http://:0?signature=secret", "file:///etc/passwd", "data:,x"])(
    "sends to %s is not had, and nothing signed is told",
    async (address) => {
      await using server = await serve((_, response) =>
        response.writeHead(307, { Location: address }).end(),
      );
      const error = await clientOf(server)
        .blob(blob)
        .catch((thrown) => thrown);
      expect(error).toMatchObject(refused);
      expect(error.message).not.toContain("secret");
    },
  );

  it.each([204, 206, 307])("answers %s alone is not said to be missing", async (status) => {
    await using server = await serve((_, response) => response.writeHead(status).end());
    await expect(clientOf(server).blob(blob)).rejects.toMatchObject(refused);
  });
});
