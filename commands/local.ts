import { once } from "node:events";
import { Flags, type Interfaces } from "@oclif/core";
import { BaseCommand } from "../src/cli/command.ts";
import { localText } from "../src/cli/local-text.ts";
import { SlipwayError } from "../src/errors.ts";
import { unwantedVariables } from "../src/local/environment.ts";
import { readFaults } from "../src/local/faults/parse.ts";
import { readFindings } from "../src/local/findings-file.ts";
import { parseLinks } from "../src/local/link-text.ts";
import { requestLine } from "../src/local/request-text.ts";
import { parseRoles } from "../src/local/roles.ts";
import { readSeed } from "../src/local/seed-file.ts";
import { type LocalEcr, type LocalEcrOptions, startLocalEcr } from "../src/local/server.ts";
import { runInForeground } from "../src/run.ts";

export default class LocalCommand extends BaseCommand {
  static override summary = "a local ECR: serve it, or run one command against it";
  static override description =
    "Serves the ECR and STS APIs and one registry for every account and region on 127.0.0.1, until Ctrl-C. With a command after --, runs that command in an environment that leads AWS SDKs here, and ends with its exit status.";
  static override examples = [
    "<%= config.bin %> local",
    "<%= config.bin %> local -- slipway release 1.0.0 --image app --region us-east-1 --create-repository",
    "<%= config.bin %> local --data .ecr --port 4510",
    "<%= config.bin %> local --deny ecr:DescribeImages -- slipway plan 1.0.0 --image app --region us-east-1",
    "<%= config.bin %> local --bandwidth 50MB/s --latency 20ms -- slipway release 1.0.0 --image app --region us-east-1 --create-repository",
  ];
  static override usage = "<%= command.id %> [FLAGS] [-- COMMAND...]";
  static override enableJsonFlag = false;
  static override strict = false;
  static override flags = {
    data: Flags.string({
      description: "keep the data here; by default it is deleted at the end",
      helpValue: "DIR",
    }),
    port: Flags.integer({
      description: "port of the API; 0 for any free one",
      helpValue: "PORT",
      default: 0,
      min: 0,
      max: 65_535,
    }),
    account: Flags.string({
      description: "account of the caller; by default 123456789012",
      helpValue: "ID",
    }),
    region: Flags.string({
      description: "region of the caller; by default us-east-1",
      helpValue: "REGION",
    }),
    bandwidth: Flags.string({
      description:
        "limit each direction to every registry, or to one: ACCOUNT/REGION=50MB/s; repeatable",
      helpValue: "50MB/s",
      multiple: true,
      multipleNonGreedy: true,
    }),
    latency: Flags.string({
      description: "delay every request, or those to one registry: ACCOUNT/REGION=20ms; repeatable",
      helpValue: "20ms",
      multiple: true,
      multipleNonGreedy: true,
    }),
    spec: Flags.boolean({
      description: "follow the OCI distribution specification where ECR deviates from it",
    }),
    role: Flags.string({
      description: "let only this role be assumed; repeatable",
      helpValue: "ARN[=EXTERNAL_ID]",
      multiple: true,
      multipleNonGreedy: true,
    }),
    tls: Flags.boolean({
      description: "serve TLS, with an authority of its own: its certificate is in DIR/tls/ca.pem",
    }),
    log: Flags.boolean({ description: "log every request on stderr" }),
    seed: Flags.string({
      description:
        "start with the repositories, policies and images (of any age) of this file (JSON)",
      helpValue: "FILE",
    }),
    findings: Flags.string({
      description: "let image scans find what this file says (JSON)",
      helpValue: "FILE",
    }),
    faults: Flags.string({
      description: "inject the faults of this file (JSON)",
      helpValue: "FILE",
    }),
    deny: Flags.string({
      description: "answer as if IAM did not allow this action; repeatable",
      multiple: true,
      multipleNonGreedy: true,
      helpValue: "ACTION[:REPOSITORY]",
    }),
    json: Flags.boolean({
      description: "print one JSON document when ready: endpoint, registry and env",
    }),
  };

  /** A server has no end of its own, and whoever started it by pipes may be gone with the terminal. */
  protected override readonly outlivesTerminals = false;

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(LocalCommand);
    // oclif's own list has words that occur twice beside each other.
    const dashes = this.argv.indexOf("--");
    const [program, ...args] = dashes < 0 ? (argv as string[]) : this.argv.slice(dashes + 1);
    if (program !== undefined && dashes < 0) throw unexpected(program, args);
    await using ecr = await startLocalEcr({
      ...optionsOf(flags),
      signal: this.signal,
      noProxy: this.env.no_proxy ?? this.env.NO_PROXY,
      onRequest: flags.log ? (entry) => this.logToStderr(requestLine(entry)) : undefined,
    });
    if (program === undefined) return await this.#serve(ecr, flags.json);
    this.stepBehind();
    process.exitCode = await runInForeground(program, args, environment(ecr));
  }

  async #serve({ endpoint, registry, env, caFile }: LocalEcr, json: boolean): Promise<void> {
    const told = { endpoint, registry, env, caFile };
    this.log(json ? JSON.stringify(told) : localText(told));
    if (!this.signal.aborted) await once(this.signal, "abort");
  }
}

type LocalFlags = Interfaces.InferredFlags<typeof LocalCommand.flags>;

function optionsOf(flags: LocalFlags): LocalEcrOptions {
  return {
    dir: flags.data,
    port: flags.port,
    account: flags.account,
    region: flags.region,
    ...parseLinks({ bandwidth: flags.bandwidth ?? [], latency: flags.latency ?? [] }),
    seed: flags.seed === undefined ? undefined : readSeed(flags.seed),
    findings: flags.findings === undefined ? undefined : readFindings(flags.findings),
    faults: flags.faults === undefined ? undefined : readFaults(flags.faults),
    deny: flags.deny ?? [],
    roles: flags.role && parseRoles(flags.role),
    spec: flags.spec,
    tls: flags.tls,
  };
}

function unexpected(program: string, args: readonly string[]): SlipwayError {
  return new SlipwayError("USAGE", `unexpected argument '${program}'`, {
    suggestions: [`slipway local -- ${[program, ...args].join(" ")}`],
  });
}

function environment({ env }: LocalEcr): Record<string, string | undefined> {
  return { ...Object.fromEntries(unwantedVariables.map((name) => [name, undefined])), ...env };
}
