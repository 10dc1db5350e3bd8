import { defineConfig } from "vitest/config";

// Two projects: what a fresh checkout can test in seconds, and what needs a docker engine.
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          testTimeout: 20_000, // what starts processes or servers waits for a busy machine
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.engine.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "engine",
          include: ["test/**/*.engine.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
