import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1f2328, #e6e8eb); --quiet: light-dark(#59636e, #9aa4af); --line: light-dark(#d8dee4, #343b44);
  --paper: light-dark(#fff, #14171b); --shade: light-dark(#f6f8fa, #1c2127); --link: light-dark(#0759b8, #6cb0ff); --bad: light-dark(#b42318, #ff8f85); --warn: light-dark(#8a5a00, #e5b454) }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1.25rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2rem 0 0.4rem }
p { margin: 0.3rem 0 }
a { color: var(--link) }
code { font: 0.87em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 0.85rem }
th, td { padding: 0.35rem 1rem 0.35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td:first-child { overflow-wrap: anywhere }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.short, .short code { white-space: nowrap }
.quiet { color: var(--quiet) }
.bad { color: var(--bad) }
.warn { color: var(--warn) }
.tag { display: inline-block; background: var(--shade); border: 1px solid var(--line); border-radius: 4px; padding: 0 0.4em; margin: 0 0.25em 0.15em 0 }
@media (max-width: 44rem) {
  thead { display: none }
  tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--line) }
  td { display: flex; gap: 0.75rem; border: 0; padding: 0.1rem 0; text-align: left; white-space: normal }
  td::before { content: attr(data-of); flex: 0 0 6.5rem; color: var(--quiet); text-align: left; overflow-wrap: anywhere }
}
`;

/** Shows what is, two seconds after it was last shown, but not under somebody's selection. */
const script = `
const look = async () => {
  const answer = await fetch(document.body.dataset.from);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const now = document.querySelector("main");
  if (next && next.innerHTML !== now.innerHTML && getSelection().isCollapsed) now.replaceWith(next);
};
const tell = (isGone) => { document.querySelector("#gone").hidden = !isGone; };
const again = () => setTimeout(() => look().then(() => tell(false), () => tell(true)).then(again), 2000);
again();
`;

const hash = createHash("sha256").update(script).digest("base64");

/** Nothing from anywhere else, and no script but the page's own, whatever a repository or a tag is called. */
export const securityPolicy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; connect-src 'self'; base-uri 'none'; form-action 'none'`;

interface PageParts {
  readonly title: string;
  /** Where the page gets its `main` anew. */
  readonly from: string;
  readonly main: string;
}

export function page({ title, from, main }: PageParts): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head>
<body data-from="${escaped(from)}">
<p id="gone" class="bad" hidden>The server does not answer any more: this is what was.</p>
<main>
${main}
</main>
<script>${script}</script>
</body></html>
`;
}

export interface Cell {
  /** HTML: what comes from outside is escaped in it. */
  readonly html: string;
  readonly kind?: "number" | "short" | "bad" | "warn" | "quiet";
}

/** A table whose cells carry their column's name, for screens that are too narrow for columns. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
): string {
  const cells = (row: readonly (Cell | string)[]) =>
    row.map((cell, at) => {
      const { html, kind = "" } = typeof cell === "string" ? { html: cell } : cell;
      return `<td class="${kind}" data-of="${columns[at]}"><span>${html}</span></td>`;
    });
  const kinds = (rows[0] ?? []).map((cell) => (typeof cell === "string" ? "" : cell.kind));
  const heads = columns.map(
    (column, at) => `<th${kinds[at] === "number" ? ' class="number"' : ""}>${column}</th>`,
  );
  const body = rows.map((row) => `<tr>${cells(row).join("")}</tr>`).join("\n");
  return `<table><thead><tr>${heads.join("")}</tr></thead>\n<tbody>${body}</tbody></table>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
