import type { RequestLogEntry } from "../reports.ts";
import type { Repository } from "../repository.ts";
import { type Registry, registryKey } from "../state.ts";
import { type Cell, escaped, page, table } from "./frame.ts";
import {
  type ImageView,
  imageViews,
  type LocalStatus,
  type RegistryStatus,
  type RepositoryStatus,
} from "./status.ts";

/** All registries and their repositories, and the last requests. */
export function indexPage(status: LocalStatus, requests: readonly RequestLogEntry[]): string {
  const days = (status.ahead / 86_400_000).toFixed(1);
  const ahead = status.ahead === 0 ? "" : `, ${days} days ahead`;
  const registries = status.registries.map(registrySection).join("\n");
  const log = table(["time", "request", "status", "in", "out", "took"], requests.map(requestRow));
  const main = `<h1>Local ECR</h1>
<p class="quiet">It is ${timeText(status.now)} UTC here${ahead}. Nothing here is in AWS.</p>
${registries || "<p>Nobody asked for a registry yet.</p>"}
<h2>Requests</h2>
${requests.length === 0 ? '<p class="quiet">None yet.</p>' : log}`;
  return page({ title: "local ECR", from: "/local/page", main });
}

function registrySection({ account, region, host, repositories }: RegistryStatus): string {
  const columns = ["repository", "images", "tags", "size", "its tags are", "lifecycle policy"];
  const rows = repositories.map((repository) =>
    repositoryRow(registryKey(account, region), repository),
  );
  return `<h2>${escaped(account)} ${escaped(region)}</h2>
<p class="quiet"><code>${escaped(host)}</code></p>
${rows.length === 0 ? '<p class="quiet">No repositories.</p>' : table(columns, rows)}`;
}

function repositoryRow(registry: string, repository: RepositoryStatus): (Cell | string)[] {
  const { name, images, tags, bytes, mutability, lifecycle } = repository;
  const query = new URLSearchParams({ registry, name });
  const at = lifecycle?.lastEvaluatedAt;
  const ran = at === undefined ? "not yet run" : `ran ${timeText(at)}`;
  return [
    `<a href="/local/repository?${escaped(query.toString())}">${escaped(name)}</a>`,
    { html: String(images), kind: "number" },
    { html: String(tags), kind: "number" },
    { html: bytesText(bytes), kind: "number" },
    escaped(mutability.toLowerCase().replaceAll("_", " ")),
    lifecycle ? ran : { html: "none", kind: "quiet" },
  ];
}

function requestRow(entry: RequestLogEntry): (Cell | string)[] {
  const { at, operation, method, path, status, bytesIn, bytesOut, milliseconds } = entry;
  const kind = status >= 500 ? "bad" : status >= 400 ? "warn" : undefined;
  return [
    short(escaped(at.slice(11, 19))),
    escaped(operation ?? `${method} ${path}`),
    { html: String(status), ...(kind && { kind }) },
    { html: bytesText(bytesIn), kind: "number" },
    { html: bytesText(bytesOut), kind: "number" },
    { html: `${milliseconds.toFixed(1)} ms`, kind: "number" },
  ];
}

/** The images of one repository, and what its lifecycle policy means for each. */
export function repositoryPage(registry: Registry, repository: Repository, now: number): string {
  const { name } = repository;
  const { account, region, host } = registry;
  const query = new URLSearchParams({ registry: registryKey(account, region), name });
  const images = imageViews(repository, now);
  const shown = images.slice(0, imagesShown);
  const columns = ["tags", "digest", "kind", "size", "pushed", "status", "lifecycle"];
  const place = `${escaped(host)}/${escaped(name)}`;
  const main = `<p><a href="/">all repositories</a></p>
<h1>${escaped(name)}</h1>
<p class="quiet"><code>${place}</code></p>
${images.length === 0 ? `<p>No images yet: <code>docker push ${place}:TAG</code></p>` : table(columns, shown.map(imageRow))}
${shown.length < images.length ? restText(images.slice(imagesShown)) : ""}`;
  return page({ title: `${name} – local ECR`, from: `/local/repository?${query}`, main });
}

/** More are megabytes that no browser likes and nobody reads. */
const imagesShown = 1000;

function restText(rest: readonly ImageView[]): string {
  const leaving = rest.filter(({ leaves }) => leaves).length;
  const fate = leaving === 0 ? "" : `; the policy takes ${leaving} of them at its next run`;
  return `<p class="quiet">and ${rest.length} older${fate}</p>`;
}

/** A repository that is not there, or no more: a page that was open shows this in its place. */
export function missingPage(query: URLSearchParams): string {
  const name = query.get("name") ?? "";
  const main = `<p><a href="/">all repositories</a></p>
<h1>${escaped(name)}</h1>
<p>There is no repository of this name here.</p>`;
  return page({ title: `${name} – local ECR`, from: `/local/repository?${query}`, main });
}

function imageRow(image: ImageView): (Cell | string)[] {
  const { tags, digest, mediaType, status, size, pushedAt, fate, leaves } = image;
  const names = tags.map((tag) => `<code class="tag">${escaped(tag)}</code>`);
  return [
    names.join("") || { html: "untagged", kind: "quiet" },
    short(`<code title="${escaped(digest)}">${escaped(digest.slice(0, 19))}</code>`),
    short(`<span title="${escaped(mediaType)}">${kindOf(image)}</span>`),
    { html: bytesText(size), kind: "number" },
    short(timeText(new Date(pushedAt).toISOString())),
    short(status.toLowerCase()),
    { html: escaped(fate), ...(leaves && { kind: "bad" }) },
  ];
}

function short(html: string): Cell {
  return { html, kind: "short" };
}

/** What people call a manifest of this type. */
function kindOf({ mediaType, refers }: ImageView): string {
  if (refers) return "referrer";
  return /index|manifest\.list/.test(mediaType) ? "index" : "image";
}

function timeText(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

function bytesText(bytes: number): string {
  const exponent = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${["B", "kB", "MB", "GB"][exponent]}`;
}
