import { startLocalEcr } from "../../src/local/server.ts";

// A server in a process of its own, to be killed. Says its address and waits.
const [, , dir = ""] = process.argv;
const ecr = await startLocalEcr(dir === "" ? {} : { dir });
process.stdout.write(`${ecr.endpoint}\n`);
