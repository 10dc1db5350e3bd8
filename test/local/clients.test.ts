import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalEcr, startLocalEcr } from "../../src/local/server.ts";
import { tarOf } from "../support/layer.ts";
import { has, openShell, type Shell } from "./clients.ts";
import { ecrClient, repositoryClient } from "./registry.ts";

// Clients of a registry that need no docker engine, as their users call them.
describe.each([
  { over: "http", tls: false },
  { over: "TLS", tls: true },
])("over $over", ({ tls }) => {
  let ecr: LocalEcr;
  let shell: Shell;
  beforeAll(async () => {
    ecr = await startLocalEcr({ tls });
    if (ecr.caFile !== undefined) {
      setDefaultCACertificates([...getCACertificates(), await readFile(ecr.caFile, "utf8")]);
    }
    shell = await openShell(ecr);
    await writeFile(join(shell.directory, "greeting"), "hello\n");
    const layer = await tarOf([{ name: "greeting", content: "hello\n" }]);
    await writeFile(join(shell.directory, "layer.tar"), layer);
  });
  afterAll(async () => {
    await shell?.close();
    await ecr.close();
  });

  test.skipIf(!has("crane"))(
    "crane pushes, validates, copies, tags, pulls and deletes",
    async () => {
      const [from, to] = [await create("crane/from"), await create("crane/to")];
      const crane = (...args: string[]) => shell.run("crane", ...args);
      await crane("append", "--oci-empty-base", "-f", "layer.tar", "-t", `${from}:1.0`);
      const digest = await crane("digest", `${from}:1.0`);
      expect(await crane("validate", "--remote", `${from}:1.0`)).toContain("PASS");
      await crane("copy", `${from}:1.0`, `${to}:copied`);
      await crane("pull", "--format", "oci", `${from}:1.0`, "layout");
      await crane("push", "layout", `${to}:pushed`);
      for (const tag of ["copied", "pushed"]) {
        expect(await crane("digest", `${to}:${tag}`)).toBe(digest);
      }
      await crane("tag", `${from}:1.0`, "2.0");
      await crane("index", "append", "-m", `${from}:1.0`, "-t", `${from}:index`);
      expect(await crane("validate", "--remote", `${from}:index`)).toContain("PASS");
      await crane("delete", `${from}:2.0`);
      expect((await crane("ls", from)).split("\n")).toEqual(["1.0", "index"]);
      expect((await crane("catalog", shell.host)).split("\n")).toContain("crane/to");
    },
  );

  test.skipIf(!has("oras"))(
    "oras pushes, attaches, discovers, copies with referrers and pulls",
    async () => {
      const [from, to] = [await create("oras/from"), await create("oras/to")];
      const way = tls ? ["--ca-file", ecr.caFile ?? ""] : ["--plain-http"];
      const oras = (...args: string[]) => shell.run("oras", ...args, ...way);
      const typed = (type: string) => ["--artifact-type", `application/vnd.example.${type}`];
      await oras("push", `${from}:1.0`, "greeting:text/plain", ...typed("greeting"));
      await oras("attach", `${from}:1.0`, "greeting:text/plain", ...typed("sbom"));
      expect(await oras("discover", "--format", "tree", `${from}:1.0`)).toContain("example.sbom");
      // A registry that tells no OCI-Subject gets a fallback tag.
      expect(await oras("repo", "tags", from)).toBe("1.0");
      const ways = tls
        ? ["--from-ca-file", ecr.caFile ?? "", "--to-ca-file", ecr.caFile ?? ""]
        : ["--from-plain-http", "--to-plain-http"];
      await shell.run("oras", "cp", "-r", `${from}:1.0`, `${to}:copied`, ...ways);
      expect(await oras("discover", "--format", "json", `${to}:copied`)).toContain("example.sbom");
      await oras("pull", "-o", "out", `${to}:copied`);
      expect(await readFile(join(shell.directory, "out/greeting"), "utf8")).toBe("hello\n");
      const descriptor = await oras("manifest", "fetch", "--descriptor", `${from}:1.0`);
      expect(JSON.parse(descriptor)).toMatchObject({
        digest: await oras("resolve", `${to}:copied`),
      });
      const pushed = await oras("blob", "push", "--descriptor", from, "layer.tar");
      const { digest } = JSON.parse(pushed) as { digest: string };
      await oras("blob", "fetch", "-o", "again.tar", `${from}@${digest}`);
      const [layer, again] = await Promise.all(
        ["layer.tar", "again.tar"].map((name) => readFile(join(shell.directory, name))),
      );
      expect(again).toEqual(layer);
      await oras("manifest", "delete", "-f", `${to}:copied`);
      expect(await oras("repo", "tags", to)).toBe("");
    },
  );

  test.skipIf(!has("cosign"))("cosign signs and attests as a referrer, and verifies", async () => {
    const image = await create("cosign/app");
    const plane = await repositoryClient(ecrClient(ecr), "cosign/app");
    const { digest } = await plane.pushImage("signed", "1.0");
    const signed = `${image}@${digest}`;
    const cosign = (...args: string[]) => shell.run("cosign", ...args);
    // No log, no authority and no clock of others: a key alone, without the network.
    const config = await cosign("signing-config", "create");
    await writeFile(join(shell.directory, "signing.json"), config);
    await writeFile(join(shell.directory, "predicate.json"), '{"greeting":"hello"}');
    for (const name of ["mine", "other"]) {
      await cosign("generate-key-pair", "--output-key-prefix", name);
    }
    const signing = ["--key", "mine.key", "--signing-config", "signing.json", "-y"];
    const verifying = (key: string) => ["--key", key, "--insecure-ignore-tlog"];
    await cosign("sign", ...signing, signed);
    expect(await cosign("verify", ...verifying("mine.pub"), signed)).toContain(digest);
    await expect(cosign("verify", ...verifying("other.pub"), signed)).rejects.toThrow();
    const custom = ["--type", "custom"];
    await cosign("attest", ...signing, ...custom, "--predicate", "predicate.json", signed);
    await cosign("verify-attestation", ...verifying("mine.pub"), ...custom, signed);
    expect(await cosign("tree", signed)).toContain("artifacts via OCI referrer");
    const { tags } = (await (await plane.fetch("/tags/list")).json()) as { tags: string[] };
    expect(tags).toEqual(["1.0"]);
  });

  async function create(repositoryName: string): Promise<string> {
    await ecrClient(ecr).send(new CreateRepositoryCommand({ repositoryName }));
    return `${shell.host}/${repositoryName}`;
  }
});
