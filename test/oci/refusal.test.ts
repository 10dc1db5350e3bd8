import { expect, it } from "vitest";
import { digestOf, mediaTypes } from "../../src/oci/manifest.ts";
import { clientOf, serve } from "./server.ts";
import { expectNothingUnheard } from "./unheard.ts";

expectNothingUnheard();

const page = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code>
<Message>It is gone.</Message></Error>`;

it("a blob that is kept elsewhere and is not there is told in one line of what the storage's page says", async () => {
  const blob = { mediaType: mediaTypes.ociLayer, digest: digestOf("x"), size: 1 };
  await using server = await serve((request, response) =>
    request.url?.startsWith("/kept")
      ? response.writeHead(404).end(page)
      : response.writeHead(307, { Location: "/kept/here" }).end(),
  );
  const message = expect.stringMatching(/^the registry answered 404 .*: NoSuchKey It is gone\.$/);
  const reading = clientOf(server).blob(blob);
  await expect(reading).rejects.toMatchObject({ code: "NOT_FOUND", message });
});

it.each([
  [{ code: "DENIED", message: "not yours" }, "DENIED: not yours"],
  [{ code: "DENIED" }, "DENIED: {.*}"],
  [{ message: "not yours" }, "not yours"],
  [{ code: 7, message: null }, "{.*}"],
])("an envelope's first error is told as far as it is there: %j", async (first, said) => {
  const text = JSON.stringify({ errors: [first] });
  await using server = await serve((_, response) => response.writeHead(403).end(text));
  const message = expect.stringMatching(new RegExp(` 403 GET .*sha256:[0-9a-f]+: ${said}$`));
  const asking = clientOf(server).manifest({ digest: digestOf("x"), mediaType: "" });
  await expect(asking).rejects.toMatchObject({ code: "ACCESS_DENIED", message });
});

it("a push beyond a quota is answered as one without permission: both are named", async () => {
  const said = "already has the maximum allowed number of images which is '100000'";
  const text = JSON.stringify({ errors: [{ code: "DENIED", message: said }] });
  await using server = await serve((_, response) => response.writeHead(403).end(text));
  const [registry, bytes] = [clientOf(server), Buffer.from("{}")];
  const digest = digestOf(bytes);
  const manifest = { bytes, digest, mediaType: mediaTypes.ociManifest };
  const permissions = expect.stringContaining("permissions");
  await expect(registry.putManifest(manifest)).rejects.toMatchObject({
    code: "ACCESS_DENIED",
    message: expect.stringContaining(said),
    suggestions: [permissions, expect.stringContaining("make room")],
  });
  await expect(registry.manifest(manifest)).rejects.toMatchObject({ suggestions: [permissions] });
});
