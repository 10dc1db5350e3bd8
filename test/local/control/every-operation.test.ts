import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { operations } from "../../../src/local/control/ecr-api.ts";
import { unsupportedOperations } from "../../../src/local/control/unsupported.ts";
import { type LocalEcr, startLocalEcr } from "../../../src/local/server.ts";

let ecr: LocalEcr;
beforeAll(async () => {
  ecr = await startLocalEcr();
});
afterAll(() => ecr.close());

/** All that today's SDK can ask. */
const names = Object.keys(sdk).flatMap((name) => /^([A-Z]\w+)Command$/.exec(name)?.[1] ?? []);

async function ask(operation: string): Promise<{ status: number; type: string; message: string }> {
  const response = await fetch(ecr.endpoint, {
    method: "POST",
    headers: {
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIA123456789012TEST/20260301/us-east-1/ecr/aws4_request, SignedHeaders=host, Signature=0",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    },
    body: "{}",
  });
  const { __type: type = "none", message = "" } = (await response.json()) as Record<string, string>;
  return { status: response.status, type, message };
}

test("the SDK has the operations that are known here, and no other", () => {
  expect(names).toHaveLength(62);
  expect(names.toSorted()).toEqual([...Object.keys(operations), ...unsupportedOperations].sort());
});

test.each(names)("%s is answered, or said to be missing by its name", async (name) => {
  const { status, type, message } = await ask(name);
  if (unsupportedOperations.includes(name)) {
    expect([status, type]).toEqual([400, "UnsupportedOperation"]);
    expect(message).toBe(`${name} is not implemented by this local ECR`);
    return;
  }
  // Without any field: done, or refused for the first field that must be there.
  const refused = ["InvalidParameterException", "LifecyclePolicyNotFoundException", "none"];
  const unset = ["RegistryPolicyNotFoundException", "SigningConfigurationNotFoundException"];
  expect([...refused, ...unset]).toContain(type);
  if (type === "InvalidParameterException") expect(message).toMatch(/^Invalid parameter at '\w+'/);
  expect(status).toBe(type === "none" ? 200 : 400);
});
