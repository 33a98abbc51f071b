import type { Span } from '../../base/span';
import { compareVersions, parseVersion } from '../../base/version';
import { type Context, type Entry, rootContext } from '../../catalog/keepalived';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Statement, Word } from '../../syntax/keepalived/tree';
import type { SemanticToken, TokenType } from '../language';
import { listShapes } from './list-shapes';
import { deepestBlock } from './locate';
import { definitionsIn, findNames, type NameAt, nameOf } from './names';

/** What each word of the file (or of the blocks of `range`) is to keepalived; in the order of the file. */
export function tokens(analysis: KeepalivedAnalysis, range?: Span): readonly SemanticToken[] {
  const found = new Map<number, SemanticToken>();
  const add = (token: SemanticToken): void => {
    if (token.span.end > token.span.start && !found.has(token.span.start)) found.set(token.span.start, token);
  };
  for (const { tree } of analysis.views) {
    for (const { statement, start, end } of tree.items) {
      if (!inRange({ start, end }, range)) continue;
      const names = new Map<Word, NameAt>();
      findNames(statement, rootContext(), (kind, word, isDefinition) => {
        names.set(word, nameOf(analysis.text, kind, word, isDefinition));
      });
      readStatement(analysis, statement, rootContext(), names, add);
    }
  }
  for (const each of definitionsIn(analysis)) if (each.isPlain && inRange(each.span, range)) add(tokenOf(each));
  return withoutOverlaps([...found.values()]);
}

const inRange = (span: Span, range: Span | undefined): boolean =>
  range === undefined || (span.start <= range.end && span.end >= range.start);

function withoutOverlaps(tokens: SemanticToken[]): SemanticToken[] {
  let end = 0;
  return tokens
    .sort((a, b) => a.span.start - b.span.start)
    .filter(({ span }) => {
      if (span.start < end) return false;
      end = span.end;
      return true;
    });
}

function tokenOf({ kind, span, isDefinition }: NameAt): SemanticToken {
  if (kind === 'definition')
    return { span, type: 'variable', ...(isDefinition && { modifiers: ['definition'] as const }) };
  if (kind === 'interface') return { span, type: 'variable' };
  return isDefinition ? { span, type: 'definition', modifiers: ['definition'] } : { span, type: 'reference' };
}

function readStatement(
  analysis: KeepalivedAnalysis,
  statement: Statement,
  context: Context | undefined,
  names: ReadonlyMap<Word, NameAt>,
  add: (token: SemanticToken) => void,
  depth = 0,
): void {
  const entry = context?.entries.get(statement.keyword);
  const shape = context?.block.lines === true ? listShapes[context.block.name] : undefined;
  let option = '';
  for (const [index, word] of statement.words.entries()) {
    const { span, replaced, text } = word;
    if (replaced) continue;
    const name = names.get(word);
    if (name !== undefined) add(tokenOf(name));
    else if (shape !== undefined) {
      const isOption = index > 0 || shape.first === '' ? shape.options[text] !== undefined && option === '' : false;
      const value = option;
      option = isOption ? (shape.options[text] ?? '') : '';
      add({ span, type: isOption ? 'property' : value === 'number' || /^\d+$/.test(text) ? 'number' : 'string' });
    } else if (index === 0) {
      if (entry !== undefined)
        add({ span, type: 'keyword', ...(isOld(entry, analysis) && { modifiers: ['deprecated'] as const }) });
    } else add({ span, type: typeOf(entry, word, index) });
  }
  if (depth < deepestBlock)
    for (const each of statement.block?.statements ?? [])
      readStatement(analysis, each, entry?.opens, names, add, depth + 1);
}

function isOld({ keyword }: Entry, { version }: KeepalivedAnalysis): boolean {
  const since = parseVersion(keyword.deprecated ?? keyword.removed ?? '');
  return since !== undefined && (version === undefined || compareVersions(since, version) <= 0);
}

const types: Readonly<Record<string, TokenType>> = {
  int: 'number',
  float: 'number',
  'int-range-list': 'number',
  umask: 'number',
  hex: 'number',
  enum: 'type',
  ienum: 'type',
  bool: 'type',
  interface: 'variable',
};

function typeOf(entry: Entry | undefined, { text, quoted }: Word, index: number): TokenType {
  const type = types[entry?.arguments[index - 1]?.type ?? ''];
  if (type !== undefined) return type;
  return !quoted && /^[+-]?\d+(?:\.\d+)?$/.test(text) ? 'number' : 'string';
}
