import * as z from "zod/mini";
import { fields, fullList, list, text } from "./fields.ts";

const port = "(?:[1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5])";

const words = (expected: string, description: string, examples: readonly unknown[]) =>
  fullList(expected, text("a word", { description: "A word." }), { description, examples });

function seconds(description: string, preset: string, example: string) {
  return text(
    "seconds or minutes, such as 30s or 2m",
    { description, default: preset, examples: [example] },
    { form: /^[1-9]\d{0,4}[sm]$/ },
  );
}

function number(
  expected: string,
  form: RegExp,
  [description, preset, example]: readonly [string, string, string],
) {
  return text(
    expected,
    { description, default: preset, examples: [example] },
    { form, numberLike: true },
  );
}

const probe = fields(
  "an object with http, tcp or exec",
  {
    http: z.optional(
      text(
        "a port, and a path where it is not /",
        { description: "Answered with a status of 200 to 399.", examples: ["8080/healthz"] },
        { form: new RegExp(`^${port}(?:/\\S*)?$`), numberLike: true },
      ),
    ),
    tcp: z.optional(
      text(
        "a port",
        { description: "Takes a connection and keeps it.", examples: ["5432"] },
        { form: new RegExp(`^${port}$`), numberLike: true },
      ),
    ),
    exec: z.optional(
      words("a list of words", "A command that exits 0 in the container.", [["pg_isready"]]),
    ),
  },
  {
    description: "What tells that the image works; one of three. Without it, the HEALTHCHECK does.",
    examples: [{ http: "8080/healthz" }],
  },
);

const services = fields(
  "an object with from and names",
  {
    from: text("a path", {
      description: "The Compose file, relative to slipway.yaml.",
      examples: ["compose.yaml"],
    }),
    names: words("a list of services", "Which of its services to start.", [["db"]]),
  },
  { description: "What runs beside the image, on the same network and under its own name." },
);

/** All of them: capabilities(7) of Linux 6.12, and docker's word for all. */
const capabilities = new Set([
  ...["ALL", "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF"],
  ...["CHECKPOINT_RESTORE", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID"],
  ...["IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE"],
  ...["MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "PERFMON"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT"],
  ...["SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO"],
  ...["SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "WAKE_ALARM"],
]);

function isCapability(name: string): boolean {
  return capabilities.has(name.replace(/^CAP_/, ""));
}

const kibibytes: Readonly<Record<string, number>> = { k: 1, m: 1024, g: 1024 ** 2 };

/** docker makes no container with less than 6 MiB (moby, daemon/daemon_unix.go, `linuxMinMemory`). */
function isEnoughMemory(text: string): boolean {
  return Number.parseInt(text, 10) * (kibibytes[text.slice(-1)] ?? 1) >= 6 * 1024;
}

/** The keys of `gates.smoke`, beside its mode. */
export const smokeShape = {
  command: z.optional(
    words(
      "a list of words",
      "In place of the image's CMD. Without a probe and a HEALTHCHECK it must exit 0.",
      [["--version"]],
    ),
  ),
  env: z.optional(
    list(
      "a list of variables",
      text(
        "NAME=value or NAME",
        { description: "A variable." },
        { form: /^[A-Za-z_][A-Za-z0-9_]*(?:=[\s\S]*)?$/ },
      ),
      {
        description: "NAME=value; or NAME alone, taken from Slipway's own environment and masked.",
        examples: [["LOG_LEVEL=debug", "API_TOKEN"]],
      },
    ),
  ),
  tmpfs: z.optional(
    list(
      "a list of absolute paths",
      text("an absolute path", { description: "A path." }, { form: /^\/[^\s:,]+$/ }),
      {
        description: "What it may write to; all else is read-only.",
        default: ["/tmp"],
        examples: [["/tmp", "/var/cache/nginx"]],
      },
    ),
  ),
  capabilities: z.optional(
    list(
      "a list of capabilities",
      text(
        "a capability that Linux has, such as NET_BIND_SERVICE",
        { description: "A name." },
        { form: /^[A-Z][A-Z_]+$/, fits: isCapability },
      ),
      {
        description: "What it may keep; all others are dropped.",
        default: [],
        examples: [["CHOWN", "SETUID"]],
      },
    ),
  ),
  memory: z.optional(
    text(
      "an amount of memory from 6m on, such as 512m or 2g",
      { description: "Its limit of memory, swap included.", default: "512m", examples: ["1g"] },
      { form: /^[1-9]\d*[kmg]$/, fits: isEnoughMemory },
    ),
  ),
  cpus: z.optional(
    number("a number of CPUs, such as 0.5", /^(?:0\.\d*[1-9]\d*|[1-9]\d{0,2}(?:\.\d+)?)$/, [
      "Its limit of CPUs.",
      "1",
      "0.5",
    ]),
  ),
  pids: z.optional(
    number("a number of processes", /^[1-9]\d{0,6}$/, [
      "Its limit of processes and threads.",
      "256",
      "64",
    ]),
  ),
  user: z.optional(
    text(
      "a user, such as 1000:1000",
      {
        description:
          "In place of the image's USER. An image without one is run as 65534:65534; root must be named.",
        examples: ["1000:1000"],
      },
      { form: /^[\w.-]+(?::[\w.-]+)?$/, numberLike: true },
    ),
  ),
  probe: z.optional(probe),
  within: z.optional(seconds("How long it may take to be ready.", "30s", "2m")),
  grace: z.optional(seconds("How long it may take to end after its stop signal.", "10s", "30s")),
  platforms: z.optional(
    list(
      "a list of platforms",
      text(
        "a platform, such as linux/arm64",
        { description: "A platform." },
        { form: /^\w+\/\w+(?:\/\w+)?$/ },
      ),
      {
        description: "Platforms to run, by default the engine's own; others run under emulation.",
        examples: [["linux/amd64", "linux/arm64"]],
      },
    ),
  ),
  services: z.optional(services),
};
