import { join } from "node:path";
import { type FakeDocker, toolsWith } from "../../support/tools.ts";
import type { BadWorld } from "./world.ts";

const withDocker = (docker: FakeDocker | undefined) => () => ({ env: { PATH: toolsWith(docker) } });
const failingStep = join(import.meta.dirname, "../../docker/fixtures/failing-step.txt");

const withoutBuildx = JSON.stringify({
  ServerVersion: "28.5.2",
  ClientInfo: { Version: "28.5.2", Plugins: [] },
});
const withoutEngine = JSON.stringify({
  ClientInfo: { Version: "28.5.2", Plugins: [{ Name: "buildx", Version: "0.29.1" }] },
  ServerErrors: ["Cannot connect to the Docker daemon"],
});

/** Docker, its plugin, its engine, and what they are asked to build. */
export const toolWorlds: readonly BadWorld[] = [
  {
    name: "no docker on PATH",
    make: withDocker(undefined),
    exit: 3,
    code: "DOCKER_MISSING",
    says: ["there is no docker on PATH", "https://docs.docker.com/engine/install/"],
  },
  {
    name: "docker without buildx",
    make: withDocker({ info: `echo '${withoutBuildx}'`, inspect: "exit 1" }),
    exit: 3,
    code: "BUILDX_MISSING",
    says: ["docker has no buildx plugin", "docker-buildx-plugin"],
  },
  {
    name: "a docker daemon that does not run",
    make: withDocker({
      info: `echo '${withoutEngine}'; echo 'no daemon at unix:///run/d.sock' >&2; exit 1`,
      inspect: "exit 1",
    }),
    exit: 3,
    code: "DOCKER_UNREACHABLE",
    says: [
      "the docker engine does not answer: no daemon at unix:///run/d.sock",
      "systemctl start docker",
      "sudo usermod -aG docker",
    ],
  },
  {
    name: "a Dockerfile that is not there",
    make: withDocker({}),
    files: { "slipway.yaml": "image: app\ntargets: us-east-1\nbuild: { dockerfile: Dockrfile }\n" },
    exit: 3,
    code: "DOCKERFILE_MISSING",
    says: ["the Dockerfile 'Dockrfile' does not exist", "--file"],
  },
  {
    name: "a build context that is not there",
    make: withDocker({}),
    args: ["release", "1.0.0", "--context", "nowhere", "--file", "Dockerfile"],
    exit: 3,
    code: "CONTEXT_MISSING",
    says: ["the build context 'nowhere' is not a directory", "--context"],
  },
  {
    name: "a build step that fails",
    make: withDocker({ build: `cat ${failingStep} >&2; exit 1` }),
    exit: 1,
    code: "BUILD_FAILED",
    says: ["the build step '", "exit code: "],
  },
  {
    name: "a git that is not there",
    make: () => {
      const PATH = join(toolsWith({}), "nothing");
      return { env: { PATH } };
    },
    exit: 1,
    code: "TOOL_MISSING",
    says: ["'git' is not installed or not on PATH"],
  },
];
