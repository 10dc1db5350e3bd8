import { writeFileSync } from "node:fs";
import { highWater } from "./high-water.js";

// Preloaded into the process that is measured (`preloaded`): writes its peak of resident memory, in
// kB, to $BENCH_PEAK_FILE at its end.
const { BENCH_PEAK_FILE = "" } = process.env;
process.on("exit", () => writeFileSync(BENCH_PEAK_FILE, String(highWater())));
