import { invalidParameter, Refusal } from "../refusal.ts";
import { commit, findRepository } from "../state.ts";
import { type Call, type Operations, operation, type Place } from "./call.ts";
import { resourceArn, resourceTag } from "./fields.ts";
import { type Checked, list, shape, text } from "./shape.ts";

type ResourceTags = Readonly<Record<string, string>>;

const maxTags = 50;

export const resourceTagOperations: Operations = {
  TagResource: operation(
    shape({ resourceArn, tags: list(resourceTag, 0, 200) }),
    async (input, call) => {
      const { registry, repository } = await placeOfArn(call, input.resourceArn);
      const resourceTags = tagsFrom(repository.resourceTags, input.tags);
      commit(registry, repository, [{ did: "set-resource-tags", resourceTags }]);
      return {};
    },
  ),

  UntagResource: operation(
    shape({ resourceArn, tagKeys: list(text({ min: 1, max: 128 }), 0, 200) }),
    async (input, call) => {
      const { registry, repository } = await placeOfArn(call, input.resourceArn);
      const kept = Object.entries(repository.resourceTags).filter(
        ([key]) => !input.tagKeys.includes(key),
      );
      const resourceTags = Object.fromEntries(kept);
      commit(registry, repository, [{ did: "set-resource-tags", resourceTags }]);
      return {};
    },
  ),

  ListTagsForResource: operation(shape({ resourceArn }), async (input, call) => {
    const { repository } = await placeOfArn(call, input.resourceArn);
    const entries = Object.entries(repository.resourceTags);
    return { tags: entries.map(([Key, Value]) => ({ Key, Value })) };
  }),
};

async function placeOfArn(call: Call, arn: string): Promise<Place> {
  const [, , , region, account = "", ...rest] = arn.split(":");
  const name = rest.join(":").slice("repository/".length);
  if (region !== call.caller.region) {
    throw invalidParameter("resourceArn", `Invalid ARN: not of region ${call.caller.region}`);
  }
  const registry = await call.registryOf(account);
  return { state: call.state, registry, repository: findRepository(registry, name) };
}

/** Throws InvalidTagParameterException for a reserved key and TooManyTagsException above 50. */
export function tagsFrom(
  before: ResourceTags,
  added: readonly Checked<typeof resourceTag>[],
): ResourceTags {
  const reserved = added.find(({ Key }) => Key.toLowerCase().startsWith("aws:"));
  if (reserved) {
    throw new Refusal(
      "InvalidTagParameterException",
      `Invalid parameter at 'tags' failed to satisfy constraint: 'the key ${reserved.Key} is reserved'`,
    );
  }
  const entries = added.map(({ Key, Value }): [string, string] => [Key, Value]);
  const tags = { ...before, ...Object.fromEntries(entries) };
  if (Object.keys(tags).length > maxTags) {
    throw new Refusal("TooManyTagsException", `A repository has at most ${maxTags} tags`);
  }
  return tags;
}
