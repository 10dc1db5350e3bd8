import { expect, test } from "vitest";
import { readInUse } from "../../src/retention/in-use.ts";

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
    "# all\r\nr/app:1\r\n\r\n r/b@x # old\n",
    ["r/app:1", "r/b@x"],
  ],
  ["a remark that nothing runs", "# none\n", []],
  ["a list of nothing", { kind: "List", items: [] }, []],
  ["a list of texts", ["r/app:1"], ["r/app:1"]],
  ["kubectl get pods", { kind: "List", items: [pod] }, ["r/app:1", "r/init:1", `r/app@${digest}`]],
  ["one pod", pod, ["r/app:1", "r/init:1", `r/app@${digest}`]],
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
      tasks: [{ containers: [{ image: "h:5000/app:1", imageDigest: digest }, { image: "x" }] }],
      failures: [],
    },
    ["h:5000/app:1", `h:5000/app@${digest}`, "x"],
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

test.each([
  ['{"a":', "it is not JSON"],
  ['{"Buckets": []}', "it is no output of kubectl, aws ecs or aws lambda: it has Buckets"],
  ["[3]", "it has nothing"],
  ["", "it is empty"],
  ["\n", "it is empty"],
])("refuses %s", (text, why) => {
  expect(() => readInUse(text, "'in.json'")).toThrow(expect.objectContaining({ code: "USAGE" }));
  expect(() => readInUse(text, "'in.json'")).toThrow(why);
});
