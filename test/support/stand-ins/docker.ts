/**
 * Stands in for docker where no engine is needed: has every image, starts what it is told to, and says of containers that
 * they run. A container of an image `broken` is not started, one of `slow` takes a while. Writes down what it has done.
 */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const args = process.argv.slice(2);
if (args[0] === "version") process.stdout.write("linux/amd64\n");
if (args[0] === "run") {
  const image = args.at(-1);
  if (image === "slow") await sleep(1500);
  appendFileSync(process.env.STAND_IN_LOG ?? "", `${JSON.stringify({ command: "run", args })}\n`);
  if (image === "broken") {
    process.stderr.write("docker: Error response from daemon: no such command\n");
    process.exit(125);
  }
}
if (args[1] === "inspect") process.stdout.write('{"state":{"Running":true,"ExitCode":0}}\n');
