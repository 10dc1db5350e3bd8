import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Whoever starts a server or a process: seconds each, and nothing that a docker engine is needed for. */
const local = [
  "test/{local,commands,cli,bin,ecr,aws,in-use,promises,retention,scripts}/**/*.test.ts",
  "test/{git/*,run,scratch}.test.ts",
  "test/**/whole-way*.test.ts",
  "test/oci/{proxy,upload,mount,registry*}.test.ts",
];
const engine = ["test/**/*.engine.test.ts"];

// Three projects: functions and data, in seconds; a local ECR and processes; a real docker engine.
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    // Vitest leaves one core free, and of two that is half: much of a test is waiting for processes and timers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          isolate: false, // pure functions have nothing to keep from each other
          testTimeout: 60_000,
          include: ["test/**/*.test.ts"],
          exclude: [...local, ...engine],
        },
      },
      {
        extends: true,
        test: {
          name: "local",
          testTimeout: 60_000, // what starts processes or servers waits for a busy machine
          include: local,
          exclude: engine,
        },
      },
      {
        extends: true,
        test: {
          name: "engine",
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          include: engine,
        },
      },
    ],
  },
});
