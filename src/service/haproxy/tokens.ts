import type { Span } from '../../base/span';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Node } from '../../model/haproxy/grammar';
import type { Statement } from '../../model/haproxy/statement';
import { lineAt } from '../../syntax/haproxy/document';
import type { SemanticToken, TokenType } from '../language';
import { type Visited, visitsOf } from './visits';

interface LineToken {
  readonly start: number;
  readonly end: number;
  readonly type: TokenType;
  readonly modifiers?: SemanticToken['modifiers'];
}

const known = new WeakMap<Statement, readonly LineToken[]>();

/** What each word of the file (or of the lines of `range`) is, as the program reads it; in the order of the file. */
export function tokensOf(analysis: HaproxyAnalysis, range?: Span): readonly SemanticToken[] {
  const { starts } = analysis.document;
  const first = range === undefined ? 0 : lineAt(starts, range.start);
  const last = range === undefined ? starts.length - 1 : lineAt(starts, range.end);
  const tokens: SemanticToken[] = [];
  for (let line = first; line <= last; line++) {
    const statement = analysis.statements[line];
    if (statement === undefined || statement.line.words.length === 0) continue;
    const start = starts[line] ?? 0;
    for (const each of tokensOfLine(analysis, statement)) {
      const span = { start: start + each.start, end: start + each.end };
      tokens.push(
        each.modifiers === undefined ? { span, type: each.type } : { span, type: each.type, modifiers: each.modifiers },
      );
    }
  }
  return tokens;
}

function tokensOfLine(analysis: HaproxyAnalysis, statement: Statement): readonly LineToken[] {
  let tokens = known.get(statement);
  if (tokens === undefined) {
    tokens = readTokens(analysis, statement);
    known.set(statement, tokens);
  }
  return tokens;
}

function readTokens(analysis: HaproxyAnalysis, statement: Statement): LineToken[] {
  const { line, header, directive, keyword, prefix } = statement;
  if (header === undefined && directive === undefined) return [];
  const tokens: LineToken[] = [];
  const put = (token: LineToken): void => putInto(tokens, token);
  const [first] = line.words;
  if (prefix !== undefined && first !== undefined) put({ start: first.start, end: first.end, type: 'keyword' });
  const modifiers = directive !== undefined && directive.deprecated > 0 && directive.deprecated <= analysis.release;
  for (const { start, end } of keyword)
    put(modifiers ? { start, end, type: 'keyword', modifiers: ['deprecated'] } : { start, end, type: 'keyword' });
  for (const visit of visitsOf(analysis, statement)) {
    const type = typeOf(visit, line.raw.slice(visit.start, visit.end));
    if (type === 'definition') put({ start: visit.start, end: visit.end, type, modifiers: ['definition'] });
    else if (type !== undefined) put({ start: visit.start, end: visit.end, type });
  }
  for (const { start, end } of statement.references) put({ start, end, type: 'reference' });
  return tokens;
}

/**
 * Puts a token among others, which stand in their order and do not overlap, in the place of those that it overlaps: what
 * is known later is known better, as a fetch inside a word or a literal inside a choice.
 */
function putInto(tokens: LineToken[], token: LineToken): void {
  if (token.end <= token.start) return;
  // Most stand behind all others.
  let from = tokens.length;
  if (from > 0 && (tokens[from - 1]?.end ?? 0) > token.start) {
    let low = 0;
    while (low < from) {
      const middle = (low + from) >> 1;
      if ((tokens[middle]?.end ?? 0) > token.start) from = middle;
      else low = middle + 1;
    }
  }
  let until = from;
  while (until < tokens.length && (tokens[until]?.start ?? 0) < token.end) until++;
  tokens.splice(from, until - from, token);
}

function typeOf({ expected }: Visited, text: string): TokenType | undefined {
  switch (expected.kind) {
    case 'node':
      return typeOfNode(expected.node, text);
    case 'words':
      if (text === 'if' || text === 'unless') return 'keyword';
      if (/^\d/.test(text)) return 'number';
      for (const each of expected.words) if (each === text) return 'property';
      return undefined;
    case 'action':
    case 'fetch':
    case 'converter':
      return 'function';
    case 'parameter':
      return 'property';
    case 'name':
      return 'definition';
    case 'address':
      return 'string';
    case 'number':
      return 'number';
    case 'condition':
      return /^(?:or|\|\||!+|[{])$/.test(text) ? 'keyword' : undefined;
    case 'flag':
      return text.startsWith('-') ? 'property' : undefined;
    case 'pattern':
      return /^-?\d+$/.test(text) ? 'number' : 'string';
    case 'function-argument':
      return /^-?\d+$/.test(text)
        ? 'number'
        : /^(?:proc|sess|txn|req|res|check)\.\w/.test(text)
          ? 'variable'
          : 'string';
    case 'log-variable':
      return 'variable';
  }
}

/** What is not here is text of some kind: a path, an address, a pattern. */
const typesOfArguments: Readonly<Record<string, TokenType>> = {
  int: 'number',
  time: 'number',
  time_s: 'number',
  size: 'number',
  port: 'number',
  status: 'number',
  octal: 'number',
  enum: 'type',
  list: 'type',
  balancealg: 'type',
  loglevel: 'type',
  logfacility: 'type',
  logfmtname: 'type',
  varname: 'variable',
};

function typeOfNode(node: Node, text: string): TokenType | undefined {
  if (node.kind === 'literal') {
    if (node.text !== text) return undefined;
    return text === 'if' || text === 'unless' ? 'keyword' : 'property';
  }
  return node.kind === 'argument' ? (typesOfArguments[node.type] ?? 'string') : undefined;
}
