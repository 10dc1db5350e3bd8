import { SlipwayError } from "../errors.ts";
import { actionOf, type Denial } from "./access.ts";
import { operationNames } from "./control/ecr-api.ts";

/** Every action of IAM that ECR asks for by one of its operations, and what signing asks of whoever pushed. */
const actions = [...new Set(operationNames.map(actionOf)), "SignPayload"];

/**
 * Reads `ACTION[:REPOSITORY]`, such as `ecr:PutImage:team/app`, or `signer:SignPayload`. Throws USAGE, also for an
 * action that nothing asks for.
 */
export function parseDenial(text: string): Denial {
  const [, action, repository] = /^(?:ecr:|signer:)?(\w+)(?::(.+))?$/.exec(text) ?? [];
  if (action === undefined) {
    throw new SlipwayError("USAGE", `'${text}' is not ACTION or ACTION:REPOSITORY`, {
      suggestions: ["ecr:DescribeImages", "ecr:PutImage:team/app"],
    });
  }
  if (!actions.includes(action)) throw unknownAction(action);
  return { action, ...(repository !== undefined && { repository }) };
}

function unknownAction(action: string): SlipwayError {
  // An operation may ask for the action of another one.
  const meant = actionOf(action) === action ? nearest(action) : actionOf(action);
  return new SlipwayError("USAGE", `no operation of ECR asks IAM for 'ecr:${action}'`, {
    suggestions: [`ecr:${meant}`],
  });
}

/** The action that begins most like this; of several, the shortest. */
function nearest(action: string): string | undefined {
  const [best] = actions.toSorted(
    (one, other) => alike(action, other) - alike(action, one) || one.length - other.length,
  );
  return best;
}

/** How many letters the beginnings have in common. */
function alike(one: string, other: string): number {
  const differing = [...one].findIndex(
    (letter, at) => letter.toLowerCase() !== other[at]?.toLowerCase(),
  );
  return differing < 0 ? one.length : differing;
}
