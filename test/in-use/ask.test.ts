import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { askEcs } from "../../src/in-use/ecs.ts";
import { askLambda } from "../../src/in-use/lambda.ts";
import { type InUseSession, questionsAtOnce } from "../../src/in-use/session.ts";
import { referencesOf } from "../../src/retention/in-use.ts";
import { arnOf, type StandInCluster, startStandIn } from "./stand-in.ts";

const session: InUseSession = {
  principal: { region: "us-east-1" },
  agents: undefined,
  signal: undefined,
};
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const r = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
  vi.stubEnv("AWS_PROFILE", undefined);
});

test("what tasks run in all clusters, by tag and by digest, with their sidecars", async () => {
  const main: StandInCluster = {
    tasks: [
      [{ image: `${r}/app:1.0.0`, imageDigest: digest("a") }, { image: `${r}/log:2` }],
      [{ image: `${r}/app@${digest("b")}`, imageDigest: digest("b") }],
      [{ image: "public.ecr.aws/nginx/nginx:1" }],
    ],
  };
  const batch = { tasks: [[{ image: `${r}/batch:7` }]] };
  await using _ = await startStandIn({ clusters: { main, empty: {}, batch }, pageSize: 2 });
  const { documents, counted } = await askEcs(session);
  expect(referencesOf(documents, "ecs").toSorted()).toEqual(
    [
      `${r}/app:1.0.0`,
      `${r}/app@${digest("a")}`,
      `${r}/app@${digest("b")}`,
      `${r}/batch:7`,
      `${r}/log:2`,
      "public.ecr.aws/nginx/nginx:1",
    ].toSorted(),
  );
  expect(counted).toEqual([
    "3 clusters",
    "4 running tasks",
    "0 services",
    "0 task definitions: those of the services, and 0 of 0 active ones, the newest 3 of each family",
  ]);
});

test("a service that runs nothing now, its older deployment, its task set, and the newest of each family", async () => {
  const name = arnOf.taskDefinition;
  const revisions = Array.from({ length: 12 }, (_, at) => [
    `cron:${at + 1}`,
    [`${r}/cron:${at + 1}`],
  ]);
  await using _ = await startStandIn({
    clusters: {
      main: {
        tasks: [],
        services: [
          {
            taskDefinition: name("web:9"),
            deployments: [{ taskDefinition: name("web:8") }],
            taskSets: [{ taskDefinition: name("web:7") }],
          },
          ...Array.from({ length: 10 }, () => ({ taskDefinition: name("web:9") })),
        ],
      },
    },
    taskDefinitions: {
      "web:7": [`${r}/web:7`],
      "web:8": [`${r}/web:8`],
      "web:9": [`${r}/web:9`, `${r}/side:1`],
      ...Object.fromEntries(revisions),
    },
    inactive: ["web:7", "web:8", "web:9"],
    pageSize: 5,
  });
  const { documents, counted } = await askEcs(session);
  expect(referencesOf(documents, "ecs").toSorted()).toEqual(
    ["cron:10", "cron:11", "cron:12", "side:1", "web:7", "web:8", "web:9"].map(
      (image) => `${r}/${image}`,
    ),
  );
  expect(counted.slice(2)).toEqual([
    "11 services",
    "6 task definitions: those of the services, and 3 of 12 active ones, the newest 3 of each family",
  ]);
});

test("a task that ended since it was listed runs nothing; many tasks are asked a hundred at a time", async () => {
  const tasks = Array.from({ length: 250 }, (_, at) => [{ image: `${r}/app:${at}` }]);
  await using standIn = await startStandIn({
    clusters: {
      main: { tasks },
      gone: { tasks: [[{ image: `${r}/gone:1` }]], failure: "MISSING" },
    },
  });
  const references = referencesOf((await askEcs(session)).documents, "ecs");
  expect(references).toHaveLength(250);
  expect(standIn.asked.filter((operation) => operation === "DescribeTasks")).toHaveLength(4);
});

test.each<[string, StandInCluster]>([
  ["DescribeTasks gave no answer about .*/main/0: ACCESS", { tasks: [[{ image: "a:1" }]] }],
  [
    "DescribeServices gave no answer about 0: ACCESS",
    { services: [{ taskDefinition: "web:1" }], tasks: [] },
  ],
])("what ECS does not describe does not go unnoticed: %s", async (said, main) => {
  await using _ = await startStandIn({ clusters: { main: { ...main, failure: "ACCESS" } } });
  await expect(askEcs(session)).rejects.toThrow(new RegExp(said));
});

test("Lambda's functions of images, every published version of them, and none of zip files", async () => {
  const functions = {
    "web:$LATEST": `${r}/web:3`,
    "web:1": `${r}/web@${digest("1")}`,
    "web:2": `${r}/web@${digest("2")}`,
    "zip:$LATEST": null,
    "zip:1": null,
  };
  await using standIn = await startStandIn({ functions, pageSize: 2 });
  const { documents, counted } = await askLambda(session);
  expect(referencesOf(documents, "lambda")).toEqual([
    `${r}/web:3`,
    `${r}/web@${digest("1")}`,
    `${r}/web@${digest("2")}`,
  ]);
  expect(counted).toEqual(["1 function made of an image", "3 versions of them, published or not"]);
  expect(standIn.asked.filter((operation) => operation === "GetFunction")).toHaveLength(3);
});

test("throttling is waited out, and no more than a few questions are under way", async () => {
  const clusters = { main: { tasks: [[{ image: `${r}/app:1` }]] } };
  const names = Array.from({ length: 60 }, (_, at) => [`family${at}:1`, [`${r}/app:${at}`]]);
  const throttle = ["ListTasks", "DescribeTaskDefinition", "GetFunction"];
  await using standIn = await startStandIn({
    clusters,
    taskDefinitions: Object.fromEntries(names),
    functions: { "web:$LATEST": `${r}/web:1` },
    throttle,
  });
  expect(referencesOf((await askEcs(session)).documents, "ecs")).toHaveLength(60);
  expect(referencesOf((await askLambda(session)).documents, "lambda")).toHaveLength(1);
  expect(standIn.asked.filter((operation) => operation === "ListTasks")).toHaveLength(2);
  expect(standIn.mostAtOnce()).toBeLessThanOrEqual(questionsAtOnce);
  expect(standIn.mostAtOnce()).toBeGreaterThan(1);
});

const world = {
  clusters: {
    main: {
      tasks: [[{ image: "a:1" }]],
      services: [{ taskDefinition: arnOf.taskDefinition("web:1") }],
    },
  },
  taskDefinitions: { "web:1": ["a:1"] },
  functions: { "web:1": "a:1" },
};
const ecsAt = "arn:aws:ecs:us-east-1:123456789012";

test.each([
  ["ecs", "ListClusters", "*"],
  ["ecs", "ListTasks", "*"],
  ["ecs", "DescribeTasks", `${ecsAt}:task/main/*`],
  ["ecs", "ListServices", "*"],
  ["ecs", "DescribeServices", `${ecsAt}:service/main/*`],
  ["ecs", "ListTaskDefinitions", "*"],
  ["ecs", "DescribeTaskDefinition", "*"],
  ["lambda", "ListFunctions", "*"],
  ["lambda", "GetFunction", "arn:aws:lambda:us-east-1:123456789012:function:web:1"],
])(
  "a denied %s:%s is an error that says what to allow: %s",
  async (service, operation, resource) => {
    await using _ = await startStandIn({ ...world, deny: [operation] });
    const asking = service === "ecs" ? askEcs(session) : askLambda(session);
    const action = `${service}:${operation}`;
    await expect(asking).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      permission: { action, resource },
      suggestions: [
        expect.stringContaining(`allow ${action} on ${resource}`),
        expect.stringContaining(`leave ${service} out of --in-use-from`),
      ],
    });
  },
);

test("the documented permissions are those that are asked for", async () => {
  await using standIn = await startStandIn(world);
  await askEcs(session);
  const ecs = standIn.asked.splice(0).map((operation) => `ecs:${operation}`);
  await askLambda(session);
  const lambda = standIn.asked.map((operation) => `lambda:${operation}`);
  const page = readFileSync(join(import.meta.dirname, "../../docs/permissions.md"), "utf8");
  const [, section = ""] = page.split("## What runs: `--in-use-from`");
  const { Statement } = JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? "{}");
  const documented = Statement.flatMap(({ Action }: { Action: string | string[] }) => Action);
  expect(documented.toSorted()).toEqual([...new Set([...ecs, ...lambda])].toSorted());
});
