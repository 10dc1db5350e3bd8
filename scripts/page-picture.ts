// Draws the picture of a repository's page that the local ECR's README shows: a real server, with a seed, in a real browser.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callOrRefuse } from "./call.ts";
import { root } from "./place.ts";
import { start } from "./say.ts";

const query = "registry=123456789012/us-east-1&name=shop/api";
const picture = join(root, "src", "local", "page.png");
const byCount = (pattern: string, count: number, priority: number) => ({
  rulePriority: priority,
  selection: {
    ...{ tagStatus: "tagged", tagPatternList: [pattern] },
    ...{ countType: "imageCountMoreThan", countNumber: count },
  },
  action: { type: "expire" },
});
const platforms = ["linux/amd64", "linux/arm64"];
const image = (ageDays: number, ...tags: string[]) => ({
  ...{ tags, ageDays, bytes: 61_000_000 },
  ...(tags.includes("latest") && { platforms }),
});
const seed = {
  repositories: [
    {
      name: "shop/api",
      lifecyclePolicy: JSON.stringify({ rules: [byCount("1.*", 2, 1), byCount("main-*", 2, 2)] }),
      images: [
        image(40, "1.2.0"),
        image(21, "1.3.0"),
        image(9, "main-57"),
        image(6, "main-58"),
        image(3, "1.4.0", "1.4", "1", "latest"),
      ],
    },
  ],
};

await start(async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-picture-"));
  try {
    const browser = callOrRefuse(process.execPath, [join(root, "scripts", "chromium.ts")], {
      timeout: 600_000,
    });
    writeFileSync(join(folder, "seed.json"), JSON.stringify(seed));
    const options = "--no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,450";
    const draw = `"$0" ${options} --screenshot="$1" "$AWS_ENDPOINT_URL_ECR/local/repository?${query}"`;
    const local = [join(root, "dist", "bin", "slipway.js"), "local", "--seed", "seed.json", "--"];
    callOrRefuse(process.execPath, [...local, "sh", "-c", draw, browser.trim(), picture], {
      cwd: folder,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(picture);
});
