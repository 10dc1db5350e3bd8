import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  type Failure,
  ListClustersCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { everyPage } from "../aws/pages.ts";
import { patient } from "../aws/throttling.ts";
import { SlipwayError } from "../errors.ts";
import { inChunks } from "../oci/parallel.ts";
import { plural } from "../wording.ts";
import { asker, clientOptions, forEach, type InUseSession, type Running } from "./session.ts";

/** The most that a page and a question of the API take (Amazon ECS API reference). */
const itemsPerPage = 100;
const tasksAtOnce = 100;
const servicesAtOnce = 10;
/** What no service names may be started by a schedule, a pipeline or by hand: the newest are looked at. */
const revisionsPerFamily = 3;
const mostRevisions = 1000;

/**
 * What ECS runs in a region, in all clusters: the tasks that run or are starting, the task definitions of all services with those
 * of their deployments and task sets, and the newest active task definitions of each family. Throws ACCESS_DENIED with the
 * permission that is missing.
 */
export async function askEcs(session: InUseSession): Promise<Running> {
  const ecs = openEcs(session);
  const clusters = await ecs.clusters();
  const tasks = await forEach(clusters, ecs.tasks);
  const services = await forEach(clusters, ecs.services);
  const active = await ecs.activeTaskDefinitions();
  const recent = newestOfEachFamily(active);
  const wanted = new Set([...services.flatMap(taskDefinitionsOf), ...recent]);
  const definitions = await forEach([...wanted], ecs.taskDefinition);
  return {
    documents: [{ tasks }, ...definitions],
    counted: [
      plural(clusters.length, "cluster"),
      plural(tasks.length, "running task"),
      plural(services.length, "service"),
      `${plural(wanted.size, "task definition")}: those of the services, and ${recent.length} of ${active.length} active ones, the newest ${revisionsPerFamily} of each family`,
    ],
  };
}

type Clientele = ReturnType<typeof asker> & { readonly client: ECSClient };

function openEcs(session: InUseSession) {
  const own = {
    ...asker(session, "ecs"),
    client: patient(new ECSClient(clientOptions(session)), session),
  };
  return {
    clusters: () => listClusters(own),
    tasks: (cluster: string) => tasksOf(own, cluster),
    services: (cluster: string) => servicesOf(own, cluster),
    activeTaskDefinitions: () => listTaskDefinitions(own),
    taskDefinition: (name: string) => describeTaskDefinition(own, name),
  };
}

function listClusters({ client, ask }: Clientele): Promise<readonly string[]> {
  return everyPage(async (nextToken) => {
    const command = new ListClustersCommand({ maxResults: itemsPerPage, nextToken });
    const answer = await ask("ListClusters", "*", (options) => client.send(command, options));
    return { items: answer.clusterArns ?? [], next: answer.nextToken };
  });
}

/** ECS checks what lists a cluster's tasks or services against `*`, not against the cluster. */
function listTasks({ client, askMaybe }: Clientele, cluster: string): Promise<readonly string[]> {
  return everyPage(async (nextToken) => {
    // Wanted to run: the tasks that are still starting pull the image now.
    const input = {
      cluster,
      desiredStatus: "RUNNING",
      maxResults: itemsPerPage,
      nextToken,
    } as const;
    const command = new ListTasksCommand(input);
    const answer = await askMaybe("ListTasks", "*", "ClusterNotFoundException", (options) =>
      client.send(command, options),
    );
    return { items: answer?.taskArns ?? [], next: answer?.nextToken };
  });
}

async function tasksOf(own: Clientele, cluster: string) {
  const arns = await listTasks(own, cluster);
  const resource = `${cluster.replace(":cluster/", ":task/")}/*`;
  return await forEach(inChunks(arns, tasksAtOnce), async (tasks) => {
    const command = new DescribeTasksCommand({ cluster, tasks: [...tasks] });
    const answer = await own.askMaybe(
      "DescribeTasks",
      resource,
      "ClusterNotFoundException",
      (options) => own.client.send(command, options),
    );
    verifyWhole("ecs:DescribeTasks", answer?.failures);
    return (answer?.tasks ?? []).map(({ containers = [] }) => ({
      containers: containers.map(({ image, imageDigest }) => ({ image, imageDigest })),
    }));
  });
}

function listServices(
  { client, askMaybe }: Clientele,
  cluster: string,
): Promise<readonly string[]> {
  return everyPage(async (nextToken) => {
    const command = new ListServicesCommand({ cluster, maxResults: itemsPerPage, nextToken });
    const answer = await askMaybe("ListServices", "*", "ClusterNotFoundException", (options) =>
      client.send(command, options),
    );
    return { items: answer?.serviceArns ?? [], next: answer?.nextToken };
  });
}

async function servicesOf(own: Clientele, cluster: string): Promise<readonly Service[]> {
  const arns = await listServices(own, cluster);
  const resource = `${cluster.replace(":cluster/", ":service/")}/*`;
  return await forEach(inChunks(arns, servicesAtOnce), async (services) => {
    const command = new DescribeServicesCommand({ cluster, services: [...services] });
    const answer = await own.askMaybe(
      "DescribeServices",
      resource,
      "ClusterNotFoundException",
      (options) => own.client.send(command, options),
    );
    verifyWhole("ecs:DescribeServices", answer?.failures);
    return answer?.services ?? [];
  });
}

/** During a deployment a service runs several, and goes back to the older one when it fails. */
function taskDefinitionsOf({ taskDefinition, deployments = [], taskSets = [] }: Service) {
  const all = [taskDefinition, ...[...deployments, ...taskSets].map((one) => one.taskDefinition)];
  return all.filter((name) => name !== undefined);
}

function listTaskDefinitions({ client, ask }: Clientele): Promise<readonly string[]> {
  return everyPage(async (nextToken) => {
    const input = { status: "ACTIVE", maxResults: itemsPerPage, nextToken } as const;
    const command = new ListTaskDefinitionsCommand(input);
    const answer = await ask("ListTaskDefinitions", "*", (options) =>
      client.send(command, options),
    );
    return { items: answer.taskDefinitionArns ?? [], next: answer.nextToken };
  });
}

async function describeTaskDefinition({ client, ask }: Clientele, taskDefinition: string) {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition });
  const answer = await ask("DescribeTaskDefinition", "*", (options) =>
    client.send(command, options),
  );
  const { containerDefinitions = [] } = answer.taskDefinition ?? {};
  return [
    {
      taskDefinition: {
        containerDefinitions: containerDefinitions.map(({ image }) => ({ image })),
      },
    },
  ];
}

/** The newest of every family, then the second newest of every family, and so on, as far as it goes. */
function newestOfEachFamily(arns: readonly string[]): readonly string[] {
  const families = Map.groupBy(arns, (arn) => arn.slice(0, arn.lastIndexOf(":")));
  const revision = (arn: string) => Number(arn.slice(arn.lastIndexOf(":") + 1));
  const newest = [...families.values()].map((family) =>
    family.toSorted((a, b) => revision(b) - revision(a)),
  );
  const ranks = Array.from({ length: revisionsPerFamily }, (_, rank) =>
    newest.flatMap((family) => family[rank] ?? []),
  );
  return ranks.flat().slice(0, mostRevisions);
}

/** What ended since it was listed is missing; anything else that was not described must not go unnoticed. */
function verifyWhole(action: string, failures: readonly Failure[] = []): void {
  const other = failures.find(({ reason }) => reason !== "MISSING");
  if (!other) return;
  const { arn, reason = "for an unknown reason", detail } = other;
  const why = detail === undefined ? reason : `${reason}, ${detail}`;
  throw new SlipwayError("AWS_FAILED", `${action} gave no answer about ${arn}: ${why}`);
}
