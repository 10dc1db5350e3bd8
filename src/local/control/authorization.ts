import { issueToken, tokenMilliseconds } from "../tokens.ts";
import { type Operations, operation, seconds } from "./call.ts";
import { list, optional, shape, text } from "./shape.ts";

export const authorizationOperations: Operations = {
  GetAuthorizationToken: operation(
    shape({ registryIds: optional(list(text({ pattern: /^[0-9]{12}$/ }), 1, 10)) }),
    async (input, { state, caller, registryOf }) => {
      const expiresAt = state.now() + tokenMilliseconds;
      const { arn: principal, region } = caller;
      const password = issueToken(state.secret, { principal, region, expiresAt });
      const accounts = input.registryIds ?? [caller.account];
      const registries = await Promise.all(accounts.map((account) => registryOf(account)));
      return {
        authorizationData: registries.map(({ origin }) => ({
          authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
          expiresAt: seconds(expiresAt),
          proxyEndpoint: origin,
        })),
      };
    },
  ),
};
