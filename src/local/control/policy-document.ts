import { isObject } from "../json.ts";
import { invalidParameter, type Refusal } from "../refusal.ts";

type Statement = Readonly<Record<string, unknown>>;

/**
 * Checks the form of a resource policy: a repository's, which may name no resource, or a registry's, which must. Throws
 * InvalidParameterException with ECR's only sentence for it (aws/aws-cdk#24314).
 */
export function verifyPolicyDocument(policyText: string, of: "repository" | "registry"): void {
  const policy = parse(policyText);
  const statements = [policy?.Statement ?? []].flat();
  const isVersion = ["2012-10-17", "2008-10-17", undefined].includes(policy?.Version as string);
  if (!isVersion || statements.length === 0) throw refused(of);
  for (const statement of statements) {
    if (!isObject(statement) || !isStatement(statement)) throw refused(of);
    const namesResource = "Resource" in statement || "NotResource" in statement;
    if (namesResource !== (of === "registry")) throw refused(of);
  }
}

function isStatement(statement: Statement): boolean {
  const actions = [statement.Action ?? statement.NotAction ?? []].flat();
  return (
    (statement.Effect === "Allow" || statement.Effect === "Deny") &&
    ("Principal" in statement || "NotPrincipal" in statement) &&
    actions.length > 0 &&
    actions.every((action) => /^(?:ecr:.+|\*)$/i.test(String(action)))
  );
}

function parse(text: string): Statement | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function refused(of: string): Refusal {
  return invalidParameter("PolicyText", `Invalid ${of} policy provided`);
}
