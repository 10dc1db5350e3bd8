import { type LocalEcrOptions, type RequestLogEntry, startLocalEcr } from "../src/local/server.ts";

// A local ECR in a process of its own, so that its memory and its threads are not those of what is
// measured. Speaks with its parent: says where it is, then answers every message with the requests since the last one.
const [, , options = "{}"] = process.argv;
const requests: RequestLogEntry[] = [];
const ecr = await startLocalEcr({
  ...(JSON.parse(options) as LocalEcrOptions),
  onRequest: (entry) => requests.push(entry),
});
process.on("message", () => process.send?.(requests.splice(0)));
process.once("disconnect", () => void ecr.close());
process.on("SIGINT", () => {}); // Ctrl-C is for the parent, who disconnects when nobody asks any more
process.send?.({ env: ecr.env });
