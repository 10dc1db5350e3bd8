import { parseAst } from "rolldown/parseAst";

interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * What of this module's syntax Node 14 cannot read (ES2020 is what it reads): each by the kind of its
 * node. A module that holds one is a SyntaxError there before a line of it has run.
 */
export function newerThanNode14(text: string): string[] {
  return nodesOf(parseAst(text)).flatMap((node) => (isNewer(node) ? [node.type] : []));
}

function isNewer({ type, operator, regex, kind, attributes }: SyntaxNode): boolean {
  switch (type) {
    case "StaticBlock":
    case "AccessorProperty":
    case "Decorator":
      return true;
    case "AssignmentExpression":
      return ["||=", "&&=", "??="].includes(String(operator));
    case "VariableDeclaration":
      return String(kind).includes("using");
    case "Literal":
      return /[dv]/.test((regex as { flags?: string } | undefined)?.flags ?? "");
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
      return Array.isArray(attributes) && attributes.length > 0;
    default:
      return false;
  }
}

function nodesOf(value: unknown): SyntaxNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(nodesOf);
  return "type" in value ? [value as SyntaxNode, ...inner] : inner;
}
