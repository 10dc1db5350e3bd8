// Writes the pages of docs/ that are made from the code.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./place.ts";
import { commandsPage } from "./write-docs.d/commands-page.ts";
import { configurationPage } from "./write-docs.d/configuration-page.ts";
import { errorsPage } from "./write-docs.d/errors-page.ts";

const pages = {
  "commands.md": await commandsPage(),
  "errors.md": errorsPage(),
  "configuration.md": configurationPage(),
};

for (const [name, text] of Object.entries(pages)) {
  const file = join(root, "docs", name);
  writeFileSync(file, text);
  console.log(file);
}
