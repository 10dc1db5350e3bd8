import { DescribeImagesCommand } from "@aws-sdk/client-ecr";
import { openWorld } from "../../src/cli/world.ts";
import type { LocalEcr } from "../../src/local/server.ts";
import { applyPromotion } from "../../src/promotion/apply.ts";
import { observePromotion } from "../../src/promotion/observe.ts";
import { planPromotion } from "../../src/promotion/plan-promotion.ts";
import type { PromotionRequest } from "../../src/promotion/request.ts";
import { ecrClient } from "../local/registry.ts";
import { request as releaseRequest } from "../release/facts.ts";
import type { PlaceOptions } from "./tree.ts";

/** Another account and another region. */
export const production = { account: "210987654321", region: "eu-west-1" };

export const { templates, repository } = (({ tags, repository: settings }) => ({
  templates: tags,
  repository: { ...settings, create: true },
}))(releaseRequest());

export function wanting(fields: Partial<PromotionRequest> = {}): PromotionRequest {
  return {
    images: [named("1.4.0")],
    to: [{ target: production }],
    ...{ templates, repository },
    ...fields,
  };
}

export function named(tag: string, region = "us-east-1") {
  return { named: `team/app:${tag}`, at: { region }, repository: "team/app", image: { tag } };
}

export function openOutside() {
  const signal = new AbortController().signal;
  return openWorld({ projectDir: "/", env: process.env, signal, report: () => {} });
}

export async function plan(request: PromotionRequest) {
  return planPromotion(request, await observePromotion(request, openOutside()));
}

export async function promote(request: PromotionRequest, world = openOutside()) {
  const observed = await observePromotion(request, world);
  return await applyPromotion(planPromotion(request, observed), observed, world);
}

/** Every digest that a repository has, with its tags, records of slipway's own left out. */
export async function contentOf(
  ecr: LocalEcr,
  { name = "team/app", ...of }: PlaceOptions = {},
): Promise<Record<string, string[]>> {
  const client = ecrClient(ecr, of);
  const filter = { imageStatus: "ANY" } as const;
  const { imageDetails = [] } = await client.send(
    new DescribeImagesCommand({ repositoryName: name, filter }),
  );
  return Object.fromEntries(
    imageDetails
      .filter(({ artifactMediaType = "" }) => !artifactMediaType.includes("vnd.slipway"))
      .map(({ imageDigest = "", imageTags = [] }) => [imageDigest, [...imageTags].sort()]),
  );
}
