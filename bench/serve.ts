import { once } from "node:events";
import { join } from "node:path";
import { root } from "../scripts/place.ts";
import type { LocalEcrOptions, RequestLogEntry } from "../src/local/server.ts";
import { highWater } from "./high-water.js";

// A local ECR in a process of its own, so that its memory and its threads are not those of what is
// measured. Speaks with its parent: is told its options, says where it is, then answers every message with
// what was asked of it since the last one, how often a fault was the answer, and its memory at the most.

// As it is published: reading TypeScript takes memory of its own.
const built = join(root, "dist/src/local/server.js");
const { startLocalEcr } = (await import(built)) as typeof import("../src/local/server.ts");

const [options] = (await once(process, "message")) as [LocalEcrOptions];
const requests: RequestLogEntry[] = [];
let faults = 0;
const ecr = await startLocalEcr({
  ...options,
  onRequest: (entry) => requests.push(entry),
  onFault: () => {
    faults += 1;
  },
});
process.on("message", () => {
  const peak = highWater() * 1024;
  process.send?.({ requests: requests.splice(0), faults, peak });
  faults = 0;
});
process.once("disconnect", () => void ecr.close());
process.on("SIGINT", () => {}); // Ctrl-C is for the parent, who disconnects when nobody asks any more
process.send?.({ env: ecr.env });
