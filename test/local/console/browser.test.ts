import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";
import { domOf, findBrowser } from "../../support/browser.ts";
import { ecrClient, ociManifest, openRepository, type RepositoryClient } from "../registry.ts";

const browser = findBrowser();
const hostile =
  '"><script>document.title="taken"</script><img src=x onerror=document.title="taken">';
let ecr: LocalEcr;
let repository: RepositoryClient;
/** Called once, when a page was loaded. */
let onPage: (() => void) | undefined;

beforeAll(async () => {
  const onRequest = ({ path }: { path: string }) => {
    if (path !== "/") return;
    onPage?.();
    onPage = undefined;
  };
  ecr = await startLocalEcr({ onRequest });
  const client = ecrClient(ecr);
  repository = await openRepository(client, "team/app");
  await repository.pushImage("an image", "1.0.0");
});
afterAll(() => ecr.close());

const page = "/local/repository?registry=123456789012/us-east-1&name=team/app";

describe.skipIf(browser === undefined)("in a browser, where there is one", () => {
  const dom = (path: string, milliseconds?: number) =>
    domOf(browser ?? "", ecr.endpoint + path, milliseconds);

  test("the page shows repositories, sizes and requests", { timeout: 60_000 }, async () => {
    const shown = await dom("/");
    expect(shown).toContain(">team/app</a>");
    expect(shown).toContain(">PUT /v2/team/app/manifests/1.0.0<");
    expect(shown).toMatch(/<p id="gone" class="bad" hidden/);
  });

  test("it shows what comes in while it is open", { timeout: 60_000 }, async () => {
    onPage = () => void repository.fetch("/manifests/while-open");
    const shown = await dom("/", 60_000);
    expect(shown).toMatch(/GET \/v2\/team\/app\/manifests\/while-open</);
  });

  test("nothing that is called like a script is one", { timeout: 60_000 }, async () => {
    await fetch(`${ecr.endpoint}/${encodeURI(hostile)}`);
    await fetch(`${ecr.endpoint}/'><script>document.title='taken'</script>`);
    const annotations = { "org.opencontainers.image.title": hostile };
    const config = await repository.pushBlob("{}");
    const artifactType = `application/vnd.${hostile.replace(/[^a-z<>"=]/g, "")}`;
    const manifest = { schemaVersion: 2, mediaType: ociManifest, artifactType, layers: [config] };
    const typed = { ...config, mediaType: "application/vnd.oci.empty.v1+json" };
    const whole = JSON.stringify({ ...manifest, config: typed, annotations });
    await repository.putManifest(whole, { reference: "hostile" });
    for (const path of ["/", page]) {
      const shown = await dom(path, 5000);
      expect(shown).not.toContain("<title>taken");
      expect(shown.match(/<script/g)).toHaveLength(1);
      expect(shown).not.toContain("<img");
    }
  });

  test("a repository's page says what becomes of each image", { timeout: 60_000 }, async () => {
    const shown = await dom(page, 5000);
    expect(shown).toContain('<code class="tag">1.0.0</code>');
    expect(shown).toContain("stays: no policy");
  });
});
