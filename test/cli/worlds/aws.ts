import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { startLocalEcr } from "../../../src/local/server.ts";
import type { BadWorld, World } from "./world.ts";

const noKeys = {
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_EC2_METADATA_DISABLED: "true",
};

/** An ECR API that answers as told, in the place of the local one. */
async function api(answer: RequestListener): Promise<World> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { AWS_ENDPOINT_URL_ECR: endpoint, AWS_ENDPOINT_URL_STS: endpoint },
    undo: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** `behind`: how many milliseconds its clock is behind ours. */
function refusing(
  name: string,
  message: string,
  { status = 400, behind = 0 } = {},
): () => Promise<World> {
  return () =>
    api((request, response) => {
      request.resume();
      const body = JSON.stringify({ __type: name, message });
      const date = new Date(Date.now() - behind).toUTCString();
      const headers = { "content-type": "application/x-amz-json-1.1", date };
      response.writeHead(status, headers).end(body);
    });
}

function denying(...deny: readonly string[]): () => Promise<World> {
  return async () => {
    const ecr = await startLocalEcr({ deny });
    return { env: ecr.env, undo: ecr.close };
  };
}

function endpoint(address: string): () => World {
  return () => ({ env: { AWS_ENDPOINT_URL_ECR: address, AWS_ENDPOINT_URL_STS: address } });
}

/** The local ECR's API, but the registry it names cannot be reached. */
function deadRegistry({ local }: { local: { ecr: { endpoint: string } } }): Promise<World> {
  return api(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(
      ["content-type", "x-amz-target", "authorization", "x-amz-date"].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === "string" ? [[name, value]] : [];
      }),
    );
    const body = Buffer.concat(chunks);
    const answer = await fetch(local.ecr.endpoint, { method: "POST", headers, body });
    const text = await answer.text();
    const moved = text.replace(/(Uri":"|proxyEndpoint":"http:\/\/)[^/":]+:\d+/g, "$1127.0.0.1:1");
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" }).end(moved);
  });
}

/** Credentials, accounts, regions, repositories, and the way to them. */
export const awsWorlds: readonly BadWorld[] = [
  {
    name: "no credentials",
    make: () => ({ env: noKeys }),
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: ["no usable AWS credentials", "AWS_PROFILE"],
  },
  {
    name: "a profile that does not exist",
    make: () => ({ env: noKeys }),
    args: ["release", "1.0.0", "--profile", "nobody"],
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: ["no profile 'nobody' that has usable AWS credentials", "--profile"],
  },
  {
    name: "a profile of AWS_PROFILE that does not exist, beside keys",
    make: () => ({ env: { AWS_PROFILE: "nobody" } }),
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: ["no profile 'nobody' that has usable AWS credentials", "aws configure list-profiles"],
  },
  {
    name: "credentials that have expired",
    make: refusing(
      "ExpiredTokenException",
      "The security token included in the request is expired",
    ),
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: [/expired/, "AWS_SESSION_TOKEN", "aws sso login"],
  },
  {
    name: "credentials that are wrong",
    make: refusing("UnrecognizedClientException", "The security token is invalid.", {
      status: 403,
    }),
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: ["aws sts get-caller-identity"],
  },
  {
    name: "a clock that is two hours ahead",
    make: refusing("InvalidSignatureException", "Signature not yet current", {
      status: 403,
      behind: 2 * 3_600_000,
    }),
    exit: 1,
    code: "CREDENTIALS_MISSING",
    says: [/120\s+minutes\s+ahead\s+of\s+AWS's/, "timedatectl set-ntp true"],
  },
  {
    name: "a permission that is missing",
    make: denying("ecr:DescribeRepositories", "ecr:BatchGetImage"),
    exit: 3,
    code: "PERMISSION_MISSING",
    says: [/ecr:\w+/, /arn:aws:ecr:us-east-1:.*:repository\/team\/app/],
  },
  {
    name: "the account of somebody else",
    args: ["release", "1.0.0", "--expect-account", "111122223333"],
    built: true,
    exit: 3,
    code: "WRONG_ACCOUNT",
    says: ["123456789012", "not to 111122223333", "--profile"],
  },
  {
    name: "a region that has no endpoint",
    make: endpoint("http://api.ecr.xx-nowhere-1.invalid"),
    exit: 1,
    code: "AWS_UNREACHABLE",
    says: [/(?:ENOTFOUND|EAI_AGAIN) api\.ecr\.xx-nowhere-1\.invalid/, "check the region"],
  },
  {
    name: "an ECR endpoint that refuses connections",
    make: endpoint("http://127.0.0.1:1"),
    exit: 1,
    code: "AWS_UNREACHABLE",
    says: ["ECONNREFUSED 127.0.0.1:1", "what leads to 127.0.0.1:1 is AWS_ENDPOINT_URL_ECR"],
  },
  {
    name: "an ECR endpoint that hangs up",
    make: () => api((request) => request.socket.destroy()),
    exit: 1,
    code: "AWS_UNREACHABLE",
    says: ["ecr:"],
  },
  {
    name: "an ECR endpoint that is no ECR",
    make: () => api((_, response) => response.end("<html>Welcome to nginx!</html>")),
    exit: 1,
    code: "AWS_FAILED",
    says: [
      /what answered 200 to ecr:\w+ on team\/app in us-east-1 does not speak as AWS does/,
      "AWS_ENDPOINT_URL_ECR",
    ],
  },
  {
    name: "a proxy that answers for ECR",
    make: () => api((_, response) => response.writeHead(502).end("<html>Bad gateway</html>")),
    exit: 1,
    code: "AWS_FAILED",
    says: [
      /what answered 502 to ecr:\w+ on team\/app in us-east-1 does not speak as AWS does/,
      "HTTPS_PROXY",
    ],
  },
  {
    name: "an STS that is no STS",
    make: async () => {
      const { env, undo } = await api((_, response) => response.end("{}"));
      const { AWS_ENDPOINT_URL_STS } = env ?? {};
      return { env: { AWS_ENDPOINT_URL_STS }, ...(undo && { undo }) };
    },
    args: ["release", "1.0.0", "--expect-account", "123456789012"],
    exit: 1,
    code: "AWS_FAILED",
    says: ["what answered 200 to sts:GetCallerIdentity on the caller does not speak as AWS does"],
  },
  {
    name: "an ECR that is broken",
    make: refusing("ServerException", "These errors are usually caused by a server issue.", {
      status: 500,
    }),
    exit: 1,
    code: "AWS_FAILED",
    says: ["ServerException"],
  },
  {
    name: "a registry that cannot be reached",
    make: deadRegistry,
    built: true,
    exit: 1,
    code: "REGISTRY_UNAVAILABLE",
    says: [
      "nothing was tagged",
      "127.0.0.1:1 could not be reached: ECONNREFUSED",
      "run the same command",
    ],
  },
  {
    name: "a repository that is missing",
    files: { "slipway.yaml": "image: team/app\ntargets: us-east-1\n" },
    built: true,
    exit: 3,
    code: "REPOSITORY_MISSING",
    says: [
      "repository team/app does not exist",
      "aws ecr create-repository --registry-id 123456789012 --region us-east-1 --repository-name team/app",
    ],
  },
];
