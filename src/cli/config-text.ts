import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';

/*
 * The text of a configuration: JSON with comments, whose places can be told by line and column, and which is edited without
 * losing a comment.
 */

/** A parsed text. */
export interface ConfigText {
  value: unknown;
  /** Line and column, from 1, of the value at a place; of a name that should not be there, of the name. */
  position(place: (string | number)[]): Position;
}

export interface Position {
  line: number;
  column: number;
}

export interface SyntaxProblem extends Position {
  /** In words: `a comma is missing`. */
  problem: string;
}

const OPTIONS = { allowTrailingComma: true, allowEmptyContent: false };

/** Parses JSON with comments and trailing commas. */
export function parseText(text: string): ConfigText | SyntaxProblem {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, OPTIONS);
  const [first] = errors;
  if (first) return { ...positionAt(text, first.offset), problem: words(first) };
  if (!root) return { line: 1, column: 1, problem: 'it is empty' };
  const twice = repeatedName(root);
  if (twice) return { ...positionAt(text, twice.offset), problem: `"${twice.value}" stands there twice` };
  return {
    value: getNodeValue(root),
    position: (place) => positionAt(text, nodeAt(root, place).offset),
  };
}

/** The text with another value at a place: comments and the rest stay. @param value undefined removes it */
export function editText(text: string, place: (string | number)[], value: unknown): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  return applyEdits(text, modify(text, place, value, { formattingOptions }));
}

/** The nearest node to a place that is there. */
function nodeAt(root: Node, place: (string | number)[]): Node {
  for (let length = place.length; length > 0; length--) {
    const node = findNodeAtLocation(root, place.slice(0, length));
    // A name and its value: what is wrong with a name is told at the name.
    if (node) return node.parent?.type === 'property' ? (node.parent.children?.[0] ?? node) : node;
  }
  return root;
}

/** JSON parsers take the last one and say nothing. */
function repeatedName(node: Node): Node | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    const name = child.type === 'property' ? child.children?.[0] : undefined;
    if (name && seen.has(name.value)) return name;
    if (name) seen.add(name.value);
    const inner = repeatedName(child);
    if (inner) return inner;
  }
  return undefined;
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

function words({ error }: ParseError): string {
  const code = printParseErrorCode(error);
  return known[code] ?? code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

const known: Record<string, string> = {
  CommaExpected: 'a comma is missing',
  ColonExpected: 'a colon is missing',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  PropertyNameExpected: 'a name in double quotes is missing',
  ValueExpected: 'a value is missing',
  EndOfFileExpected: 'something stands behind the end',
  UnexpectedEndOfString: 'a closing " is missing',
  InvalidEscapeCharacter: 'a backslash is written \\\\',
};
