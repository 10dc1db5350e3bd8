import type { HttpAnswer, HttpRequest } from "../http.ts";
import { invalidParameter } from "../refusal.ts";
import type { DataPlane, RegistryRequest } from "./request.ts";

const pageSize = 1000;

/** ECR serves this list as plain text. */
export function listTags({ plane, repository, http }: RegistryRequest): HttpAnswer {
  const tags = [...repository.tags.keys()].sort();
  if (!plane.state.spec) verifySize(http);
  const answer = listing(http, tags, (page) => ({ name: repository.name, tags: page }));
  if (!plane.state.spec) return answer;
  return { ...answer, headers: { ...answer.headers, "content-type": "application/json" } };
}

export function listCatalog({ state, registry }: DataPlane, http: HttpRequest): HttpAnswer {
  if (!state.spec) verifySize(http);
  const names = [...registry.repositories.keys()].sort();
  return listing(http, names, (page) => ({ repositories: page }));
}

/** Throws InvalidParameterException, as ECR does of a larger page than its API has (andrey-pohilko/registry-cli#79). */
function verifySize({ query }: HttpRequest): void {
  if (Number.parseInt(query.get("n") ?? "", 10) > pageSize) {
    const constraint = `Member must have value less than or equal to ${pageSize}`;
    throw invalidParameter("maxResults", constraint);
  }
}

/** A page of `n` names after `last`, and the next page's address in a Link header (RFC 5988). */
function listing(
  { query, path }: HttpRequest,
  names: readonly string[],
  body: (page: readonly string[]) => object,
): HttpAnswer {
  const wanted = Number.parseInt(query.get("n") ?? "", 10);
  const size = wanted >= 0 ? Math.min(wanted, pageSize) : pageSize;
  const last = query.get("last") ?? "";
  const rest = names.filter((name) => name > last);
  const page = rest.slice(0, size);
  const more = size > 0 && rest.length > page.length;
  const next = new URLSearchParams({ n: String(size), last: page.at(-1) ?? "" });
  return {
    status: 200,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      ...(more && { link: `<${path}?${next}>; rel="next"` }),
    },
    body: JSON.stringify(body(page)),
  };
}
