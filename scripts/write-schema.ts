// Writes slipway.schema.json from the schema of the configuration; `npm run format` lays it out.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonSchema } from "../src/config/json-schema.ts";

const file = join(import.meta.dirname, "..", "slipway.schema.json");
writeFileSync(file, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
console.log(file);
