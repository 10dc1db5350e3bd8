import { expect, test } from "vitest";
import { readAllInUse, readInUse } from "../../src/retention/in-use.ts";
import { whyNoList } from "../../src/retention/in-use-list.ts";

const digest = `sha256:${"a".repeat(64)}`;
const pod = {
  kind: "Pod",
  spec: { containers: [{ image: "r/app:1" }], initContainers: [{ image: "r/init:1" }] },
  status: {
    containerStatuses: [{ image: "r/app:1", imageID: `docker-pullable://r/app@${digest}` }],
    initContainerStatuses: [{ image: "r/init:1", imageID: digest }],
  },
};

test.each([
  [
    "lines, with comments and Windows line ends",
    `# all\r\nr/app:1\r\n\r\n r/b@${digest} # old\n`,
    ["r/app:1", `r/b@${digest}`],
  ],
  [
    "a line of several, as kubectl's jsonpath prints",
    "r/a:1 r/b:2\tr/c:3",
    ["r/a:1", "r/b:2", "r/c:3"],
  ],
  ["a column of kubectl's", "r/a:1,r/b:2\nr/c:3\n", ["r/a:1", "r/b:2", "r/c:3"]],
  ["a bare name among references", "nginx\nr/a:1\n", ["nginx", "r/a:1"]],
  ["a remark that nothing runs", "# none\n", []],
  ["a list of nothing", { kind: "List", items: [] }, []],
  ["a list of texts", ["r/app:1"], ["r/app:1"]],
  [
    "lists in lists, as of a query",
    [["r/app:1", "r/b:2"], [], ["r/c:3"]],
    ["r/app:1", "r/b:2", "r/c:3"],
  ],
  ["kubectl get pods", { kind: "List", items: [pod] }, ["r/app:1", "r/init:1", `r/app@${digest}`]],
  ["one pod", pod, ["r/app:1", "r/init:1", `r/app@${digest}`]],
  [
    "a pod that is about to start, with a container to look into it",
    {
      kind: "Pod",
      spec: { containers: [{ image: "r/app:1" }], ephemeralContainers: [{ image: "r/debug:1" }] },
      status: { containerStatuses: [{ image: "r/app:1", imageID: "" }] },
    },
    ["r/app:1", "r/debug:1"],
  ],
  [
    "an image that is a volume",
    {
      kind: "Pod",
      spec: {
        containers: [{ image: "r/app:1" }],
        volumes: [{ image: { reference: "r/model:7" } }, { emptyDir: {} }],
      },
    },
    ["r/app:1", "r/model:7"],
  ],
  [
    "deployments",
    {
      kind: "List",
      items: [
        { kind: "Deployment", spec: { template: { spec: { containers: [{ image: "r/a:2" }] } } } },
      ],
    },
    ["r/a:2"],
  ],
  [
    "a cron job",
    {
      kind: "CronJob",
      spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: "r/c:3" }] } } } } },
    },
    ["r/c:3"],
  ],
  [
    "aws ecs describe-tasks",
    {
      tasks: [
        { containers: [{ image: "h:5000/app:1", imageDigest: digest }, { image: "x" }] },
        { containers: [{ image: `r/pinned:1@${digest}`, imageDigest: digest }] },
      ],
      failures: [],
    },
    ["h:5000/app:1", `h:5000/app@${digest}`, "x", `r/pinned:1@${digest}`, `r/pinned@${digest}`],
  ],
  [
    "aws ecs describe-task-definition",
    { taskDefinition: { containerDefinitions: [{ image: "r/app:1" }, { image: "r/app:1" }] } },
    ["r/app:1"],
  ],
  [
    "aws lambda get-function",
    { Configuration: {}, Code: { ImageUri: "r/f:1", ResolvedImageUri: `r/f@${digest}` } },
    ["r/f:1", `r/f@${digest}`],
  ],
  ["a function without an image", { Configuration: {}, Code: { Location: "s3" } }, []],
])("reads %s", (_name, content, references) => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  expect(readInUse(text, "stdin")).toEqual(references);
});

const table = `
NAMESPACE   NAME                   READY   STATUS    RESTARTS   AGE
default     app-5d9c7c7b9d-abcde   1/1     Running   0          3d
`;
const wide = `
CONTAINER ID   IMAGE     COMMAND    CREATED      STATUS      PORTS     NAMES
abcdef012345   r/app:1   "/app"     3 days ago   Up 3 days             app
`;
const missing = { arn: "arn:aws:ecs:eu-west-1:1:task/c/1", reason: "MISSING" };

test.each([
  ["", "it is empty"],
  ["\n", "it is empty"],
  [table, "line 2: 'NAMESPACE' is not an image reference"],
  [table.split("\n").slice(2).join("\n"), "line 1: 'Running' is not an image reference"],
  [wide, "line 2: 'CONTAINER' is not an image reference"],
  [`r/app:1\n${table}`, "line 3: 'NAMESPACE' is not an image reference"],
  ["error: You must be logged in to the server\nr/app:1", "line 1: 'error:' is not an image"],
  ["image:\n  repository: h.io/app\n  tag: v1\n", "line 1: 'image:' is not an image reference"],
  ["- h.io/app:1", "line 1: '-' is not an image reference"],
  ["TASKARNS\tarn:aws:ecs:eu-west-1:1:task/c/1", "'TASKARNS' is not an image reference"],
  ["pod/app-5d9c\npod/b-77\n", "line 1: 'pod/app-5d9c' may be the name of anything"],
  ["app-5d9c b-77", "line 1: 'app-5d9c' may be the name of anything"],
  ["r/app:1\nabcdef012345", "line 2: 'abcdef012345' is the id of an image"],
  [digest, "is the id of an image, which names no repository"],
])("refuses the list %j", (text, why) => {
  expect(() => readInUse(text, "'in.txt'")).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(() => readInUse(text, "'in.txt'")).toThrow(why);
});

test("tells whoever gives a Compose file how to get its images", () => {
  const file = "services:\n  api:\n    image: h.io/api:v1\n";
  const how = "docker compose config --images | slipway lifecycle plan --in-use -";
  expect(() => readInUse(file, "'compose.yaml'")).toThrow(
    expect.objectContaining({ suggestions: expect.arrayContaining([how]) }),
  );
  expect(readInUse("nginx\nh.io/api:v1\n", "stdin")).toEqual(["nginx", "h.io/api:v1"]);
});

test("looks no further than the first word that is none: of a wrong file there may be millions", () => {
  const wrong = { text: "-", place: "line 1" };
  const next = {
    place: "line 2",
    get text(): string {
      throw new Error("it was looked at");
    },
  };
  expect(whyNoList([wrong, next])).toContain("line 1: '-' is not an image reference");
});

test.each<[string, string, unknown]>([
  ["text that breaks off", "it is not JSON", '{"a":'],
  [
    "another command's",
    "it is not the output of kubectl, aws ecs or aws lambda: it has Buckets",
    { Buckets: [] },
  ],
  ["a number", "it has nothing", [3]],
  ["a container whose image a query did not find", "it has nothing", [["r/app:1", null]]],
  ["a list of what is no reference", "entry 2: 'Running' is not an image", ["r/a:1", "Running"]],
  [
    "tasks that ECS did not find",
    "does not tell of arn:aws:ecs:eu-west-1:1:task/c/1 (MISSING)",
    {
      tasks: [{ containers: [{ image: "r/app:1" }] }],
      failures: [missing],
    },
  ],
  ["several of these", "(MISSING), and 1 more", { tasks: [], failures: [missing, missing] }],
  [
    "a page of a list",
    "it is one page of a list that goes on",
    {
      kind: "PodList",
      metadata: { continue: "eyJ2" },
      items: [pod],
    },
  ],
  [
    "nodes",
    "no image is named in Node",
    {
      kind: "List",
      items: [{ kind: "Node", spec: { podCIDR: "10.0.0.0/24" } }],
    },
  ],
  [
    "lists in lists deeper than any query's",
    "it is not the output of kubectl, aws ecs or aws lambda",
    `${"[".repeat(100_000)}"r/a:1"${"]".repeat(100_000)}`,
  ],
  ["a service", "no image is named in Service", { kind: "Service", spec: { ports: [] } }],
  ["tasks without containers", "no image is named in tasks", { tasks: [{ taskArn: "a" }] }],
  [
    "the name of a task definition",
    "no image is named in taskDefinition",
    {
      taskDefinition: "arn:aws:ecs:eu-west-1:1:task-definition/app:1",
    },
  ],
])("refuses %s", (_name, why, content) => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  expect(() => readInUse(text, "'in.json'")).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(() => readInUse(text, "'in.json'")).toThrow(why);
});

test("reads several documents in a row, as a loop over clusters prints them", () => {
  const pretty = JSON.stringify({ kind: "List", items: [pod] }, null, 4);
  const compact = JSON.stringify(["r/other:1"]);
  const own = readInUse(pretty, "stdin");
  expect(readInUse(`${pretty}\n${compact}\n${pretty}\n`, "stdin")).toEqual([...own, "r/other:1"]);
  expect(() => readInUse(`${pretty}\n${compact.slice(0, -1)}`, "stdin")).toThrow("it is not JSON");
});

test("refuses several that together name no image, unless one says so on purpose", () => {
  const nothing = { name: "'a.json'", text: JSON.stringify({ kind: "List", items: [] }) };
  const none = { name: "stdin", text: "[]" };
  expect(() => readAllInUse([nothing, none])).toThrow(
    "cannot read what is in use from 'a.json' and stdin: no image is named there",
  );
  expect(readAllInUse([nothing, { name: "'b.txt'", text: "r/app:1" }])).toEqual(["r/app:1"]);
  expect(readAllInUse([nothing, { name: "'b.txt'", text: "# none\n" }])).toEqual([]);
  expect(readAllInUse([])).toEqual([]);
});
