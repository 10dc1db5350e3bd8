import { createHash } from "node:crypto";
import type { RequestLogEntry } from "../reports.ts";
import type { Repository } from "../repository.ts";
import { type Registry, registryKey } from "../state.ts";
import { type ImageView, imageViews, type LocalStatus, type RegistryStatus } from "./status.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
td.number, th.number { text-align: right }
code { font-size: 90% }
.quiet { color: #666 }
`;

/** Keeps the list of requests as it is now; the rest of the page says what was when it was loaded. */
export const script = `
const cell = (row, text) => { row.insertCell().textContent = text; };
const show = (requests) => {
  const body = document.querySelector("#requests tbody");
  body.replaceChildren();
  for (const one of requests) {
    const row = body.insertRow();
    cell(row, one.at.slice(11, 19));
    cell(row, one.operation ?? one.method + " " + one.path);
    cell(row, one.status);
    cell(row, one.bytesIn + " / " + one.bytesOut);
    cell(row, one.milliseconds.toFixed(1) + " ms");
  }
};
const look = () => fetch("/local/requests").then((answer) => answer.json()).then(show, () => {});
setInterval(look, 2000);
`;

/** What the page's own script is known by to the browser. */
export const scriptHash = createHash("sha256").update(script).digest("base64");

/** All registries and their repositories, and the last requests. */
export function indexPage(status: LocalStatus, requests: readonly RequestLogEntry[]): string {
  const ahead = status.ahead === 0 ? "" : `, ${(status.ahead / 86_400_000).toFixed(1)} days ahead`;
  return page(
    "local ECR",
    `<h1>Local ECR</h1>
<p class="quiet">It is ${escaped(status.now)} here${ahead}.</p>
${status.registries.map(registrySection).join("\n") || "<p>No registry was used yet.</p>"}
<h2>Requests</h2>
<table id="requests"><thead><tr><th>time</th><th>request</th><th>status</th><th>bytes in / out</th><th>took</th></tr></thead>
<tbody>${requests.map(requestRow).join("\n")}</tbody></table>
<script>${script}</script>`,
  );
}

function registrySection({ account, region, host, repositories }: RegistryStatus): string {
  const rows = repositories.map(({ name, images, tags, bytes, mutability, lifecycle }) => {
    const query = new URLSearchParams({ registry: registryKey(account, region), name });
    const evaluated = lifecycle ? (lifecycle.lastEvaluatedAt ?? "not yet run") : "none";
    return `<tr><td><a href="/local/repository?${escaped(query.toString())}">${escaped(name)}</a></td>
<td class="number">${images}</td><td class="number">${tags}</td><td class="number">${bytesText(bytes)}</td>
<td>${escaped(mutability)}</td><td>${escaped(evaluated)}</td></tr>`;
  });
  return `<h2>${escaped(account)} ${escaped(region)}</h2>
<p><code>${escaped(host)}</code></p>
<table><thead><tr><th>repository</th><th class="number">images</th><th class="number">tags</th><th class="number">size</th><th>tags are</th><th>lifecycle policy</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table>`;
}

function requestRow({
  at,
  operation,
  method,
  path,
  status,
  bytesIn,
  bytesOut,
  milliseconds,
}: RequestLogEntry): string {
  const what = operation ?? `${method} ${path}`;
  return `<tr><td>${escaped(at.slice(11, 19))}</td><td>${escaped(what)}</td><td>${status}</td><td>${bytesIn} / ${bytesOut}</td><td>${milliseconds.toFixed(1)} ms</td></tr>`;
}

/** The images of one repository, and what its lifecycle policy means for each. */
export function repositoryPage(registry: Registry, repository: Repository, now: number): string {
  const { name } = repository;
  return page(
    `${name} – local ECR`,
    `<p><a href="/">all repositories</a></p>
<h1>${escaped(name)}</h1>
<p><code>${escaped(registry.host)}/${escaped(name)}</code></p>
<table><thead><tr><th>tags</th><th>digest</th><th>status</th><th class="number">size</th><th>pushed</th><th>lifecycle</th></tr></thead>
<tbody>${imageViews(repository, now).map(imageRow).join("\n")}</tbody></table>`,
  );
}

function imageRow({ tags, digest, mediaType, status, size, pushedAt, fate }: ImageView): string {
  const pushed = new Date(pushedAt).toISOString().slice(0, 19);
  return `<tr><td>${tags.map(escaped).join("<br>")}</td><td title="${escaped(digest)} ${escaped(mediaType)}"><code>${escaped(digest.slice(0, 19))}</code></td>
<td>${status}</td><td class="number">${bytesText(size)}</td><td>${pushed}</td><td>${escaped(fate)}</td></tr>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head>
<body>
${body}
</body></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function bytesText(bytes: number): string {
  const exponent = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** exponent;
  return `${exponent === 0 ? value : value.toFixed(1)} ${["B", "kB", "MB", "GB"][exponent]}`;
}
