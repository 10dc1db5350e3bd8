import { expect, test } from "vitest";
import { buildFailed } from "../../src/docker/build-failure.ts";

const failure = {
  name: "[linux/amd64 build 2/4] RUN make",
  error: 'process "/bin/sh -c make" did not complete successfully: exit code: 2',
  lastLines: ["compiling", "cannot find ship.h"],
};
const noise =
  "ERROR: (*service).Write failed: rpc error: code = Unavailable desc = ref layer-sha256:2ea9 locked for 1.9ms (since …): unavailable";
const excerpt = ["Dockerfile:5", "--------------------", "   5 | >>> RUN make"];

test("the step, its place and its last output", () => {
  expect(buildFailed({ exitCode: 1, failure, others: [noise, ...excerpt] })).toMatchObject({
    code: "BUILD_FAILED",
    message:
      "the build step '[linux/amd64 build 2/4] RUN make' failed (Dockerfile:5): " +
      'process "/bin/sh -c make" did not complete successfully: exit code: 2\n' +
      "  compiling\n  cannot find ship.h",
    suggestions: ["look at Dockerfile:5"],
  });
});

test("a killed process may want memory", () => {
  const killed = { ...failure, error: "process did not complete successfully: exit code: 137" };
  const { suggestions } = buildFailed({ exitCode: 1, failure: killed, others: [] });
  expect(suggestions).toEqual([expect.stringContaining("more memory")]);
});

test("without a failing step, what buildx said, without its noise", () => {
  const others = [
    noise,
    'ERROR: failed to build: failed to solve: target stage "x" could not be found',
  ];
  expect(buildFailed({ exitCode: 1, failure: undefined, others }).message).toBe(
    'the build failed: target stage "x" could not be found',
  );
});

test("without a word", () => {
  const { message } = buildFailed({ exitCode: undefined, failure: undefined, others: [noise] });
  expect(message).toBe("the build failed: buildx ended with a signal");
});
