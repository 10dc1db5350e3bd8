import {
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from "yaml";

/** Counted from 1, as editors do. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export type ValuePath = readonly (string | number)[];

export interface YamlMistake extends TextPosition {
  readonly message: string;
}

export interface YamlText {
  /** Plain JSON data; `null` for an empty text, `undefined` when there are mistakes. */
  readonly value: unknown;
  readonly mistakes: readonly YamlMistake[];
  /** Where the key or the value at `path` stands; what is nearest above it when there is none. */
  readonly positionOf: (path: ValuePath, part: "key" | "value") => TextPosition;
}

export interface YamlOptions {
  /**
   * Whether the plain scalars below this top-level key keep their types. Elsewhere a number stays the
   * text it was written as: `1.10` is a version and `012345678901` an account.
   */
  readonly keepsTypes?: (topLevelKey: string | undefined) => boolean;
}

// An honest file uses an anchor a handful of times; a bomb needs thousands.
const maxAliasCount = 200;
// The parser takes minutes for what is nested tens of thousands deep, and then ends the stack.
const deepest = 100;
// What follows the first syntax errors is mostly their echo.
const maxMistakes = 10;

/**
 * Reads YAML 1.2, and so JSON, with the place of every value. Anchors and merge keys are followed
 * within bounds. Never throws: what is wrong with the text is in `mistakes`.
 */
export function readYaml(given: string, { keepsTypes = () => true }: YamlOptions = {}): YamlText {
  // A bare CR ends a line as well (YAML 1.2.2, 5.4), and the parser takes it for a blank.
  const text = given.replace(/^\uFEFF/, "").replaceAll(/\r(?!\n)/g, "\n");
  const lines = new LineCounter();
  const at = (offset: number): TextPosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const nowhere = () => ({ line: 1, column: 1 });
  const line = lineNestedTooDeeply(text);
  if (line !== undefined) {
    const message = `nested more than ${deepest} deep`;
    return { value: undefined, mistakes: [{ message, line, column: 1 }], positionOf: nowhere };
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      prettyErrors: false,
      logLevel: "error",
    });
    const mistakes = withoutEchoes(document)
      .slice(0, maxMistakes)
      .map(({ message, pos }) => ({ message: lowerFirst(message), ...at(pos[0]) }));
    const positionOf: YamlText["positionOf"] = (path, part) =>
      at(offsetOf(document, path, part) ?? 0);
    if (mistakes.length > 0) return { value: undefined, mistakes, positionOf };
    keepTexts(document, keepsTypes);
    return { value: document.toJS({ maxAliasCount }), mistakes: [], positionOf };
  } catch (error) {
    const message = error instanceof RangeError ? "nested too deeply" : errorMessage(error);
    return { value: undefined, mistakes: [{ message, ...nowhere() }], positionOf: nowhere };
  }
}

/** Once something stands outside of the document, such as a brace too many, each word that follows it does so as well. */
function withoutEchoes({ errors, warnings, range: [, end] }: Document.Parsed): YAMLError[] {
  const isOutside = ({ code, pos: [at] }: YAMLError) => code === "UNEXPECTED_TOKEN" && at >= end;
  const first = errors.find(isOutside);
  return [...errors.filter((one) => one === first || !isOutside(one)), ...warnings];
}

const brackets = new Map([
  ["flow-seq-start", 1],
  ["flow-map-start", 1],
  ["flow-seq-end", -1],
  ["flow-map-end", -1],
]);
/** `-` and `?`: each of them on a line is a collection in the one before. */
const indicators: ReadonlySet<string> = new Set(["seq-item-ind", "explicit-key-ind"]);

/** The first line on which collections that begin on it or in brackets are nested deeper than any file that is meant. */
function lineNestedTooDeeply(text: string): number | undefined {
  let line = 1;
  let open = 0;
  let begun = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const type = (isScalar ? null : CST.tokenType(token)) ?? "scalar";
    // A text may be the very character by which the lexer announces a text.
    isScalar = !isScalar && token === CST.SCALAR;
    // A bracket that closes nothing opens room for no other.
    open = Math.max(0, open + (brackets.get(type) ?? 0));
    begun = type === "newline" ? 0 : begun + Number(indicators.has(type));
    if (open + begun > deepest) return line;
    line += token.split("\n").length - 1;
  }
  return undefined;
}

function keepTexts(document: Document, keepsTypes: (key: string | undefined) => boolean): void {
  visit(document, {
    Scalar(_key, scalar, ancestors) {
      const isPlainNumber = typeof scalar.value === "number" && scalar.source !== undefined;
      if (isPlainNumber && !keepsTypes(topLevelKey(ancestors))) scalar.value = scalar.source;
    },
  });
}

function topLevelKey(ancestors: readonly unknown[]): string | undefined {
  const pair = ancestors[2] as Pair | undefined;
  return pair && isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function offsetOf(document: Document, path: ValuePath, part: "key" | "value"): number | undefined {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [depth, step] of path.entries()) {
    const found = childOf(document, node, step);
    if (!found) break;
    node = found.value;
    const wantsKey = depth === path.length - 1 && part === "key";
    offset = (wantsKey ? startOf(found.key) : startOf(node)) ?? startOf(found.key) ?? offset;
  }
  return offset;
}

interface Child {
  readonly key?: unknown;
  readonly value: unknown;
}

function childOf(document: Document, parent: unknown, step: string | number): Child | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) return typeof step === "number" ? { value: node.items[step] } : undefined;
  if (!isMap(node)) return undefined;
  const own = node.items.find(({ key }) => keyText(key) === String(step));
  return own ?? mergedChildOf(document, node, step);
}

function mergedChildOf(
  document: Document,
  { items }: YAMLMap,
  step: string | number,
): Child | undefined {
  const merges = items.filter(({ key }) => keyText(key) === "<<");
  const sources = merges.flatMap(({ value }) => (isSeq(value) ? value.items : [value]));
  return sources.map((source) => childOf(document, source, step)).find((child) => child);
}

function keyText(key: unknown): string {
  if (!isScalar(key)) return String(key);
  return typeof key.value === "symbol" ? "<<" : String(key.value);
}

function startOf(node: unknown): number | undefined {
  return (node as Partial<Node> | null | undefined)?.range?.[0];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function errorMessage(error: unknown): string {
  return lowerFirst(error instanceof Error ? error.message : String(error));
}
