const semverForm = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:_[0-9A-Za-z.-]+)?`;

const forms: Readonly<Record<string, string>> = {
  version: semverForm,
  sha: "[0-9a-f]{40}",
  major: String.raw`\d+`,
  minor: String.raw`\d+`,
  patch: String.raw`\d+`,
  date: String.raw`\d{8}`,
};

/** What tags of a template look like; a commit tag may end with the mark of a changed tree or of a rebuild. */
export function formOf(template: string, kind: "version" | "commit"): RegExp {
  const parts = template.split(/(\{\w+(?::\d+)?\})/).map((part) => {
    const [, name = "", digits] = /^\{(\w+)(?::(\d+))?\}$/.exec(part) ?? [];
    if (name === "") return part.replace(/[.\\+?^${}()|[\]-]/g, "\\$&");
    if (name === "sha" && digits !== undefined) return `[0-9a-f]{${digits}}`;
    return forms[name] ?? "[A-Za-z0-9_.-]*";
  });
  return new RegExp(`^${parts.join("")}${kind === "commit" ? "(?:-.+)?" : ""}$`);
}
