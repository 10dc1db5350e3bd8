import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { vi } from "vitest";

const at = "arn:aws:ecs:us-east-1:123456789012";

export interface StandInCluster {
  /** The containers of each running task: image, and the digest that was pulled where it is known. */
  readonly tasks?: readonly (readonly { image: string; imageDigest?: string }[])[];
  readonly services?: readonly {
    readonly taskDefinition: string;
    readonly deployments?: readonly { readonly taskDefinition: string }[];
    readonly taskSets?: readonly { readonly taskDefinition: string }[];
  }[];
  /** Why nothing is told of the tasks and services that were listed; `MISSING` of what ended in between. */
  readonly failure?: string;
}

export interface StandInWorld {
  readonly clusters?: Readonly<Record<string, StandInCluster>>;
  /** `family:revision`, and the images of its containers. */
  readonly taskDefinitions?: Readonly<Record<string, readonly string[]>>;
  /** Inactive ones are described, and not listed. */
  readonly inactive?: readonly string[];
  /** `name:version`, and the image; of zip files when it is `null`. */
  readonly functions?: Readonly<Record<string, string | null>>;
  /** Items on a page. */
  readonly pageSize?: number;
  readonly deny?: readonly string[];
  /** Operations that are too fast, each once. */
  readonly throttle?: readonly string[];
}

export interface StandIn extends AsyncDisposable {
  /** The operations in the order they were answered. */
  readonly asked: string[];
  /** The most questions that were open at the same time. */
  readonly mostAtOnce: () => number;
}

interface Failure {
  readonly refusal: string;
}
type Input = Readonly<Record<string, unknown>>;
type Answer = object | Failure;

export const arnOf = {
  cluster: (name: string) => `${at}:cluster/${name}`,
  taskDefinition: (name: string) => `${at}:task-definition/${name}`,
};

/** ECS (AWS JSON 1.1) and Lambda (REST JSON) as far as they are asked, and the SDK of this process sent there. */
export async function startStandIn(world: StandInWorld): Promise<StandIn> {
  const asked: string[] = [];
  const throttled = new Set(world.throttle);
  let open = 0;
  let most = 0;
  const answer = (operation: string, input: Input): Answer => {
    asked.push(operation);
    if (throttled.delete(operation)) {
      const isLambda = operation.endsWith("Function") || operation === "ListFunctions";
      return { refusal: isLambda ? "TooManyRequestsException" : "ThrottlingException" };
    }
    if (world.deny?.includes(operation)) return { refusal: "AccessDeniedException" };
    return operations[operation]?.(world, input) ?? { refusal: "InvalidParameterException" };
  };
  const server = createServer(async (request, response) => {
    open += 1;
    most = Math.max(most, open);
    const { operation, input } = await read(request);
    await new Promise((resolve) => setTimeout(resolve, 2));
    open -= 1;
    send(response, answer(operation, input));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("AWS_ENDPOINT_URL_ECS", address);
  vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", address);
  return {
    asked,
    mostAtOnce: () => most,
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<{ operation: string; input: Input }> {
  const target = String(request.headers["x-amz-target"] ?? "");
  const body = await text(request);
  if (target) return { operation: target.split(".")[1] ?? "", input: JSON.parse(body) };
  const url = new URL(request.url ?? "", "http://localhost");
  const input = Object.fromEntries(url.searchParams);
  const name = /^\/2015-03-31\/functions\/([^/]+)$/.exec(url.pathname)?.[1];
  if (name === undefined) return { operation: "ListFunctions", input };
  return { operation: "GetFunction", input: { ...input, name: decodeURIComponent(name) } };
}

function send(response: ServerResponse, answer: Answer): void {
  response.setHeader("content-type", "application/x-amz-json-1.1");
  if (!("refusal" in answer)) {
    response.end(JSON.stringify(answer));
    return;
  }
  response.statusCode = answer.refusal === "TooManyRequestsException" ? 429 : 400;
  response.setHeader("x-amzn-errortype", answer.refusal);
  response.end(JSON.stringify({ __type: answer.refusal, message: "no" }));
}

function page(world: StandInWorld, items: readonly unknown[], token: unknown) {
  const start = Number(token ?? 0);
  const end = start + (world.pageSize ?? 100);
  return { items: items.slice(start, end), ...(end < items.length && { next: String(end) }) };
}

const listed = (name: string, world: StandInWorld, items: readonly unknown[], input: Input) => {
  const { items: some, next } = page(world, items, input.nextToken);
  return { [name]: some, nextToken: next };
};

const clusterOf = ({ clusters = {} }: StandInWorld, { cluster }: Input) =>
  clusters[String(cluster).split("/")[1] ?? ""];

const failuresOf = (arns: readonly string[], reason: string) =>
  arns.map((arn) => ({ arn, reason }));

const operations: Readonly<Record<string, (world: StandInWorld, input: Input) => Answer>> = {
  ListClusters: (world, input) =>
    listed("clusterArns", world, Object.keys(world.clusters ?? {}).map(arnOf.cluster), input),
  ListTasks(world, input) {
    const tasks = clusterOf(world, input)?.tasks;
    if (!tasks) return { refusal: "ClusterNotFoundException" };
    const name = String(input.cluster).split("/")[1];
    return listed(
      "taskArns",
      world,
      tasks.map((_, which) => `${at}:task/${name}/${which}`),
      input,
    );
  },
  DescribeTasks(world, input) {
    const arns = input.tasks as readonly string[];
    const cluster = clusterOf(world, input);
    if (arns.length > 100) return { refusal: "InvalidParameterException" };
    if (cluster?.failure) return { tasks: [], failures: failuresOf(arns, cluster.failure) };
    const numbers = arns.map((arn) => Number(arn.split("/")[2]));
    return { tasks: numbers.map((which) => ({ containers: cluster?.tasks?.[which] })) };
  },
  ListServices(world, input) {
    const services = clusterOf(world, input)?.services ?? [];
    return listed("serviceArns", world, [...services.keys()].map(String), input);
  },
  DescribeServices(world, input) {
    const names = input.services as readonly string[];
    if (names.length > 10) return { refusal: "InvalidParameterException" };
    const failure = clusterOf(world, input)?.failure;
    if (failure) return { services: [], failures: failuresOf(names, failure) };
    return { services: names.map((name) => clusterOf(world, input)?.services?.[Number(name)]) };
  },
  ListTaskDefinitions(world, input) {
    const names = Object.keys(world.taskDefinitions ?? {});
    const active = names.filter((name) => !world.inactive?.includes(name));
    return listed("taskDefinitionArns", world, active.map(arnOf.taskDefinition), input);
  },
  DescribeTaskDefinition(world, { taskDefinition }) {
    const images = world.taskDefinitions?.[String(taskDefinition).split("/")[1] ?? ""];
    if (!images) return { refusal: "ClientException" };
    return { taskDefinition: { containerDefinitions: images.map((image) => ({ image })) } };
  },
  ListFunctions(world, { FunctionVersion, Marker }) {
    const all = Object.entries(world.functions ?? {});
    const wanted = all.filter(([name]) => FunctionVersion === "ALL" || name.endsWith(":$LATEST"));
    const { items, next } = page(world, wanted, Marker);
    return { Functions: (items as typeof all).map(functionOf), NextMarker: next };
  },
  GetFunction(world, { name, Qualifier }) {
    const image = world.functions?.[`${name}:${Qualifier}`];
    if (!image) return { refusal: "ResourceNotFoundException" };
    return { Configuration: {}, Code: { RepositoryType: "ECR", ImageUri: image } };
  },
};

function functionOf([name, image]: readonly [string, string | null]) {
  const [FunctionName, Version] = name.split(":");
  return {
    FunctionName,
    Version,
    FunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    PackageType: image === null ? "Zip" : "Image",
  };
}
