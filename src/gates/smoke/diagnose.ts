import type { Finding } from "../../release/gate.ts";
import {
  type ContainerPlan,
  isRoot,
  type Loosening,
  nobody,
  type Sign,
  userOf,
} from "./container-plan.ts";
import type { Stop, Trial } from "./trial.ts";
import { writtenPlaces } from "./written.ts";

/** What came of trying again with some of the hardening taken away. */
export interface Experiment {
  readonly loosened: readonly Loosening[];
  readonly worked: boolean;
  /** What it wrote into its own layer. */
  readonly written: readonly string[];
}

/** All that is known about one image that was run. */
export interface Evidence {
  readonly plan: ContainerPlan;
  readonly sign: Sign;
  readonly trial: Trial;
  readonly stop?: Stop;
  readonly experiments: readonly Experiment[];
  /** The platform that the engine runs without emulation. */
  readonly native: string;
}

/** What is wrong with an image, from how its containers did; pure. */
export function diagnose(evidence: Evidence): Finding[] {
  if (evidence.trial.outcome === "ready") {
    return [...stubborn(evidence), ...runsAsRoot(evidence)];
  }
  return [notEmulated(evidence) ?? outOfMemory(evidence) ?? failure(evidence)];
}

function failure(evidence: Evidence): Finding {
  const { experiments, trial } = evidence;
  if (trial.outcome === "unmade") return unmade(evidence);
  const helped = experiments
    .filter(({ worked }) => worked)
    .sort((a, b) => a.loosened.length - b.loosened.length)[0];
  if (helped === undefined) return broken(evidence);
  const [only] = helped.loosened;
  if (helped.loosened.length > 1 || only === undefined) return several(evidence, helped);
  return trips[only](evidence, helped);
}

type Trip = (evidence: Evidence, helped: Experiment) => Finding;

const trips: Readonly<Record<Loosening, Trip>> = {
  files: (evidence, { written }) => {
    const places = writtenPlaces(written, evidence.plan.settings.tmpfs);
    const shown = places.length === 0 ? "its own files" : places.join(", ");
    return of(evidence, "SMOKE_READ_ONLY", {
      message: `${how(evidence)}; it works when it may write to ${shown}`,
      reason: "with a read-only root file system nobody who breaks in can leave anything behind",
      repair: tmpfsRepair(evidence, places),
    });
  },
  capabilities: (evidence) =>
    of(evidence, "SMOKE_CAPABILITY", {
      message: `${how(evidence)}; it works with the capabilities that docker gives by default`,
      reason: "a capability that is not needed is one more way out of the container",
      repair:
        "begin as another user (USER 65534:65534), or name what it needs: gates.smoke.capabilities: [CHOWN, SETUID, SETGID]",
    }),
  user: (evidence) =>
    of(evidence, "SMOKE_NEEDS_ROOT", {
      message: `${how(evidence)}; it works as root`,
      reason: "root in a container is root on its host, should it break out",
      repair: `give the user its files, COPY --chown=${userShown(evidence)}, and let it write to a tmpfs alone`,
    }),
  ports: (evidence) =>
    of(evidence, "SMOKE_PORT", {
      message: `${how(evidence)}; it works when ${userShown(evidence)} may listen below port 1024`,
      reason: "only root may listen there where the host has not changed that",
      repair: "listen on 8080 and let the load balancer or the port mapping make it 80",
    }),
  memory: (evidence) => memoryFinding(evidence),
};

function several(evidence: Evidence, { loosened, written }: Experiment): Finding {
  const places = writtenPlaces(written, evidence.plan.settings.tmpfs);
  const wrote = places.length === 0 ? "" : `; it writes to ${places.join(", ")}`;
  return of(evidence, "SMOKE_HARDENING", {
    message: `${how(evidence)}; it works without ${loosened.map(nameOf).join(", ")} together${wrote}`,
    reason: "it trips over more than one of them, and over none alone",
    repair: `begin with ${tmpfsRepair(evidence, places)}, then run again`,
  });
}

function nameOf(loosening: Loosening): string {
  return {
    files: "the read-only root",
    capabilities: "dropped capabilities",
    user: "another user than root",
    ports: "the limit on ports",
    memory: "the limit of memory",
  }[loosening];
}

function unmade(evidence: Evidence): Finding {
  return of(evidence, "SMOKE_SETTINGS", {
    message: `docker makes no container of it: ${evidence.trial.state.error}`,
    reason: "nothing of the image has been tried",
    repair:
      "correct gates.smoke in slipway.yaml (memory, cpus, pids, capabilities, tmpfs, command), or the CMD of the final stage",
  });
}

function broken(evidence: Evidence): Finding {
  const { trial, plan } = evidence;
  if (trial.outcome === "unstarted") {
    return of(evidence, "SMOKE_START", {
      message: `the engine cannot start it: ${trial.state.error}`,
      reason: "what cannot be started here cannot be started anywhere else",
      repair: "look at ENTRYPOINT, CMD and USER of the final stage",
    });
  }
  const code = trial.outcome === "exited" ? "SMOKE_EXITED" : "SMOKE_NOT_READY";
  return of(evidence, code, {
    message: `${how(evidence)}, with and without hardening`,
    reason: "an image that does not come up here takes a deployment down",
    repair:
      trial.outcome === "exited"
        ? "read its last lines; gates.smoke has env, command and services for what it asks for"
        : `read its last lines; when it is only slow, give it more than gates.smoke.within: ${plan.settings.within}s`,
  });
}

/** How it failed, in one clause. */
function how({ trial, plan, sign }: Evidence): string {
  const { state, outcome, answer } = trial;
  if (outcome === "unstarted") return `the engine cannot start it: ${state.error}`;
  if (outcome === "exited") {
    return `it exited with ${state.exitCode} after ${trial.seconds.toFixed(1)} s`;
  }
  const said = sign.kind === "health" ? lastHealth(trial) : answer;
  const last = said === undefined || said === "" ? "" : ` (last: ${said})`;
  return `${words[sign.kind]} within ${plan.settings.within} s${last}`;
}

const words: Readonly<Record<Sign["kind"], string>> = {
  health: "its HEALTHCHECK was not healthy",
  http: "no good answer to the HTTP probe",
  tcp: "no connection for the TCP probe",
  exec: "the exec probe did not exit 0",
  exit: "it did not end",
};

function lastHealth({ state }: Trial): string | undefined {
  const last = state.health?.log.at(-1);
  if (last === undefined) return undefined;
  return `exit ${last.exitCode}, ${last.output.trim().split("\n").at(-1)?.slice(0, 200)}`;
}

function outOfMemory(evidence: Evidence): Finding | undefined {
  return wasKilled(evidence.trial) ? memoryFinding(evidence) : undefined;
}

/** SIGKILL that we did not send is the kernel's; the engine hears of the want of memory too late at times. */
export function wasKilled({ outcome, state }: Pick<Trial, "outcome" | "state">): boolean {
  return state.oomKilled || (outcome === "exited" && state.exitCode === 137);
}

function memoryFinding(evidence: Evidence): Finding {
  const { memory } = evidence.plan.settings;
  return of(evidence, "SMOKE_MEMORY", {
    message: `it was killed because it wanted more than ${memory} of memory`,
    reason: "a task is killed in the same way when it outgrows its limit",
    repair: `more than gates.smoke.memory: ${memory}, as the task definition has it, or less in the program (heap size)`,
  });
}

/** The kernel's word for a binary that it cannot run (ENOEXEC), told by the start of the container itself. */
function notEmulated(evidence: Evidence): Finding | undefined {
  const { plan, trial, native } = evidence;
  const said = [...trial.lines, trial.state.error].some((line) =>
    line.includes("exec format error"),
  );
  if (!said || plan.platform === native) return undefined;
  return of(evidence, "SMOKE_EMULATION", {
    message: `the engine runs ${native} and has no emulation of ${plan.platform}`,
    reason: "nothing of that platform has been tried",
    repair: "docker run --privileged --rm tonistiigi/binfmt --install all",
  });
}

function stubborn(evidence: Evidence): Finding[] {
  const { stop, plan } = evidence;
  const signal = plan.image.stopSignal || "SIGTERM";
  const isKill = /^(?:SIG)?KILL$|^9$/.test(signal);
  if (stop === undefined || stop.exitCode !== 137 || isKill) return [];
  const shell = [plan.image.entrypoint, plan.image.cmd].some(
    ([program = "", flag]) => /(?:^|\/)(?:ba)?sh$/.test(program) && flag === "-c",
  );
  return [
    of(evidence, "SMOKE_STOP", {
      message: `it was still running ${plan.settings.grace} s after ${signal} and had to be killed`,
      reason: "what it was doing is cut off at each deployment, and each one waits for that long",
      repair: shell
        ? 'the shell is process 1 and passes nothing on: CMD ["program", "argument"] in place of CMD program argument'
        : `process 1 must handle ${signal}; for a program that cannot, an init (tini, or initProcessEnabled in ECS)`,
    }),
  ];
}

function runsAsRoot(evidence: Evidence): Finding[] {
  const { settings, image } = evidence.plan;
  if (settings.user !== undefined || !isRoot(image.user)) return [];
  return [
    {
      ...of(evidence, "SMOKE_ROOT", {
        message: `the image says ${image.user === "" ? "no USER" : `USER ${image.user}`}; it was run as ${nobody} and works so`,
        reason: "root in a container is root on its host, should it break out",
        repair: `USER ${nobody} in the final stage; or gates.smoke.user: root, when it must be`,
      }),
      level: "warning",
    },
  ];
}

function tmpfsRepair({ plan }: Evidence, places: readonly string[]): string {
  const all = [...new Set([...plan.settings.tmpfs, ...places])];
  if (places.includes("/")) return "write below /tmp, or below a directory that can be a tmpfs";
  return `gates.smoke.tmpfs: [${all.join(", ")}], and the same in the task definition; or write below /tmp`;
}

function userShown({ plan }: Evidence): string {
  return userOf(plan.settings, plan.image) ?? plan.image.user;
}

type Words = Pick<Finding, "message" | "reason" | "repair">;

function of({ plan, trial }: Evidence, code: string, said: Words): Finding {
  const output = trial.outcome === "ready" ? [] : trial.lines.slice(-5);
  return {
    code,
    level: "error",
    place: plan.platform,
    ...said,
    ...(output.length > 0 && { output }),
  };
}
