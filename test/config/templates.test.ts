import { describe, expect, test } from "vitest";
import { defaultTags } from "../../src/config/defaults.ts";
import { checkTemplates } from "../../src/config/templates.ts";

const messages = (tags: unknown) => checkTemplates(tags).map(({ message }) => message);

describe("checkTemplates", () => {
  test.each([
    [defaultTags],
    [{ version: "v{version}" }],
    [{ version: ["{version}", "{major}.{minor}.{patch}-{prerelease}", "{version}-{sha:7}"] }],
    [{ commit: "{branch}-{sha}-{date}" }],
    [{ commit: [] }],
    [{ commit: "sha-{sha:4}", floating: "{major}-stable" }],
    [{ commit: "{sha:40}", channel: ["{channel}", "{channel}-{major}.{minor}", "next"] }],
    [undefined],
    [null],
    ["text"],
    [{ version: 1, commit: [1, null], floating: null }],
  ])("takes %j", (tags) => {
    expect(messages(tags)).toEqual([]);
  });

  test.each([
    [{ version: "{verison}" }, "unknown placeholder {verison}, did you mean {version}?"],
    [{ version: "{version}{}" }, "unknown placeholder {}, known are {version}"],
    [{ version: "{version" }, "expected every { to have its }"],
    [{ version: "{version}}" }, "expected every { to have its }"],
    [{ version: "{version}+{sha}" }, "expected letters, digits, '_', '.' and '-', not '+'"],
    [{ version: "-{version}" }, "expected a tag that does not begin with '-'"],
    [{ commit: `{sha}${"x".repeat(129)}` }, "expected a tag of at most 128 characters"],
    [{ commit: "{sha:3}" }, "expected {sha:N} with N from 4 to 40, not {sha:3}"],
    [{ commit: "{sha:41}" }, "expected {sha:N} with N from 4 to 40, not {sha:41}"],
    [{ commit: "{sha:x}" }, "expected {sha:N} with N from 4 to 40, not {sha:x}"],
    [{ version: [] }, "expected at least one version template"],
    [{ version: "{major}.{minor}.{patch}" }, "expected {version} in the first version template"],
    [{ version: ["{version}-{sha:7}"] }, "expected no placeholder beside {version}"],
    [{ version: "{version}-{version}" }, "expected no placeholder beside {version}"],
    [{ version: ["{version}", "{major}"] }, "expected {version} in the tag of one version"],
    [{ commit: "build-{date}" }, "expected {sha} in the tag of a commit"],
    [{ floating: "{version}" }, "expected only {major} {minor} in a floating tag"],
    [{ floating: "{major}.{minor}.{patch}" }, "expected only {major} {minor} in a floating tag"],
    [{ floating: "{branch}" }, "expected only {major} {minor} in a floating tag"],
    [{ floating: "{channel}" }, "expected {channel} in tags.channel"],
    [{ floating: "{minor}" }, "expected {major} beside {minor}"],
    [{ channel: "{prerelease}" }, "expected only {channel} {major} {minor} in a channel tag"],
    [{ floating: "next", channel: "next" }, "expected a template of its own, found 'next'"],
  ])("refuses %j", (tags, start) => {
    const found = messages(tags);
    expect(found).toHaveLength(1);
    expect(found[0]?.startsWith(start), found[0]).toBe(true);
  });

  test("places each mistake at its template", () => {
    const tags = { version: "{v}", floating: ["latest", "{patch}", "latest"] };
    expect(checkTemplates(tags).map(({ path }) => path.join("."))).toEqual([
      "tags.version",
      "tags.floating.1",
      "tags.floating.2",
    ]);
  });
});
