import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ecrClient, openRepository } from "./registry.ts";

const piece = 1 << 20;
const pieces = 256;

/** The most memory that a process has had so far, in bytes. */
function peakOf(pid: number | undefined): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

test.runIf(process.platform === "linux")(
  "a blob of a quarter of a gigabyte passes both ways in a fraction of its size",
  { timeout: 60_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "local-ecr-large-"));
    const server = spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => {
      server.kill("SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    });
    const [line] = await once(server.stdout, "data");
    const repository = await openRepository(ecrClient({ endpoint: String(line).trim() }), "large");
    const before = peakOf(server.pid);

    const started = await repository.fetch("/blobs/uploads/", { method: "POST" });
    const where = started.headers.get("location") ?? "";
    const { headers } = repository;
    const patch = request(where, { method: "PATCH", headers });
    const hash = createHash("sha256");
    for (let at = 0; at < pieces; at += 1) {
      const bytes = Buffer.alloc(piece, `piece ${at}`);
      hash.update(bytes);
      if (!patch.write(bytes)) await once(patch, "drain");
    }
    patch.end();
    const [answer] = (await once(patch, "response")) as [IncomingMessage];
    expect(answer.resume().statusCode).toBe(201);
    const digest = `sha256:${hash.digest("hex")}`;
    const put = await repository.fetch(`${where}?digest=${digest}`, { method: "PUT" });
    expect(put.status).toBe(201);

    const pulled = createHash("sha256");
    const { body } = await repository.fetch(`/blobs/${digest}`);
    for await (const chunk of body ?? []) pulled.update(chunk);
    expect(`sha256:${pulled.digest("hex")}`).toBe(digest);
    expect(peakOf(server.pid) - before).toBeLessThan((piece * pieces) / 2);
  },
);
