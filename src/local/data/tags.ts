import type { HttpAnswer, HttpRequest } from "../http.ts";
import type { DataPlane, RegistryRequest } from "./request.ts";

const pageSize = 1000;

/** ECR serves this list as plain text. */
export function listTags({ plane, repository, http }: RegistryRequest): HttpAnswer {
  const tags = [...repository.tags.keys()].sort();
  const answer = listing(http, tags, (page) => ({ name: repository.name, tags: page }));
  if (!plane.state.spec) return answer;
  return { ...answer, headers: { ...answer.headers, "content-type": "application/json" } };
}

export function listCatalog({ registry }: DataPlane, http: HttpRequest): HttpAnswer {
  const names = [...registry.repositories.keys()].sort();
  return listing(http, names, (page) => ({ repositories: page }));
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
