import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, parseAllDocuments, type YAMLParseError } from 'yaml';
import type { Span } from '../base/span';

/** A YAML value and where it stands. Tags are dropped and aliases are followed; a missing value is an empty scalar. */
export type YamlValue = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** The value as text; of a plain scalar the source itself, so that `0644` and `1e10` keep their form. */
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlValue[];
  readonly flow: boolean;
  readonly span: Span;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly flow: boolean;
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlValue;
}

/** What keeps a text from being YAML, in the terms a reader of the file knows. */
export type YamlProblemCode =
  | 'tab'
  | 'quote'
  | 'bracket'
  | 'colon'
  | 'dash'
  | 'anchor'
  | 'character'
  | 'directive'
  | 'other';

export interface YamlProblem {
  readonly code: YamlProblemCode;
  /** The words of the parser; shown only where the code says nothing better. */
  readonly message: string;
  readonly span: Span;
}

export interface YamlDocument {
  readonly root: YamlValue | undefined;
  readonly problems: readonly YamlProblem[];
}

/** Deeper than any real file; keeps hostile input from exhausting the stack. */
const maxDepth = 64;

/** More values than any real file has; aliases of aliases would multiply without end. */
const maxValues = 200_000;

/**
 * Reads every document of `text`. Damage becomes problems; what could be read around it stays in the tree.
 * `offset` is where the text begins in the file that the spans are of.
 */
export function parseLocatedYaml(source: string, offset = 0): readonly YamlDocument[] {
  // Go's reader knows the line breaks of YAML 1.1; each is one unit long, so places stay what they are.
  const text = source.replace(/\r(?!\n)|[\u0085\u2028\u2029]/g, '\n');
  const spanOf = (node: unknown, fallback: Span): Span => {
    const range = (node as Node | null | undefined)?.range;
    return range === undefined || range === null ? fallback : { start: range[0] + offset, end: range[1] + offset };
  };
  let documents: ReturnType<typeof parseAllDocuments>;
  try {
    documents = parseAllDocuments(text, { logLevel: 'silent', prettyErrors: false, strict: false, uniqueKeys: false });
  } catch (error) {
    // The parser throws on a few shapes of damage; the text as a whole is the problem then.
    const message = error instanceof Error ? error.message : String(error);
    const span = { start: offset, end: offset + text.length };
    return [{ root: undefined, problems: [{ code: 'other', message, span }] }];
  }
  const foreign = problemsOfText(text, offset);
  if (!Array.isArray(documents) || documents.length === 0)
    return foreign.length === 0 ? [] : [{ root: undefined, problems: foreign }];
  return documents.map((document, index) => {
    let values = 0;
    const missing: YamlProblem[] = [];
    /** Where tabs may begin a line: in quotes, brackets and texts of several lines. */
    const loose: Span[] = [];
    /** Words without quotes, and the column of the mapping or list around each: tabs behind that column go on with them. */
    const plain: PlainText[] = [];
    const convert = (node: unknown, depth: number, fallback: Span, around: number): YamlValue => {
      const resolved = isAlias(node) ? safely(() => node.resolve(document)) : node;
      const span = spanOf(node, fallback);
      if (isAlias(node) && resolved === undefined)
        missing.push({ code: 'anchor', message: `no anchor is named ${node.source}`, span });
      if (depth > maxDepth || ++values > maxValues) return emptyAt(span);
      if (isCollection(resolved) ? resolved.flow === true : isScalar(resolved) && resolved.type !== 'PLAIN')
        loose.push(span);
      const inside = isCollection(resolved) && resolved.flow !== true ? columnAt(text, span.start - offset) : around;
      if (isScalar(resolved) && resolved.type === 'PLAIN' && span.end > span.start) plain.push({ span, around });
      if (isMap(resolved)) {
        const entries = resolved.items.map((pair) => {
          const keySpan = spanOf(pair.key, span);
          const key = isScalar(pair.key) ? String(pair.key.value ?? '') : '';
          const value = convert(pair.value, depth + 1, { start: keySpan.end, end: keySpan.end }, inside);
          return { key, keySpan, value };
        });
        return { kind: 'map', entries, flow: resolved.flow === true, span };
      }
      if (isSeq(resolved)) {
        const items = resolved.items.map((item) => convert(item, depth + 1, span, inside));
        return { kind: 'list', items, flow: resolved.flow === true, span };
      }
      if (isScalar(resolved)) {
        const isText = resolved.tag === 'tag:yaml.org,2002:str';
        const quoted = isText || (resolved.type !== undefined && resolved.type !== 'PLAIN');
        const value = String(resolved.value ?? '');
        return { kind: 'scalar', text: quoted ? value : (resolved.source ?? value), quoted, span };
      }
      return emptyAt(span);
    };
    const { contents } = document;
    const root = contents === null ? undefined : convert(contents, 0, { start: offset, end: offset }, -1);
    const own = document.errors
      .filter((error) => isRefused(error, text))
      .map((error) => ({
        code: codeOf(error),
        message: error.message,
        span: placeOf(error.pos, text, offset),
      }));
    const tabs = own.length > 0 || index > 0 ? [] : tabsThatIndent(text, offset, loose, plain);
    return { root, problems: [...own, ...missing, ...tabs, ...(index === 0 ? foreign : [])] };
  });
}

/** Whether Go's reader refuses it too: a bracket may close at the very column of its key. */
function isRefused({ code, message, pos }: YAMLParseError, text: string): boolean {
  return !(code === 'BAD_INDENT' && message.startsWith('Flow ') && /[\]}]/.test(text[pos[0]] ?? ''));
}

/** Where a problem is shown: what is missing at the end of the text is missing behind its last word. */
function placeOf([start, end]: readonly [number, number], text: string, offset: number): Span {
  const last = text.trimEnd().length;
  if (start >= last) return { start: offset + Math.max(0, last - 1), end: offset + last };
  return { start: offset + start, end: offset + Math.min(Math.max(start, end), text.length) };
}

function codeOf({ code, message }: YAMLParseError): YamlProblemCode {
  if (code === 'TAB_AS_INDENT') return 'tab';
  if (code === 'BAD_ALIAS') return 'anchor';
  if (code === 'BAD_SCALAR_START') return 'character';
  if (/closing .?quote/.test(message)) return 'quote';
  if (/block-seq-ind|without - indicator/.test(message)) return 'dash';
  if (/same column/.test(message)) return 'colon';
  if (/[Ff]low|flow-(map|seq)/.test(message)) return 'bracket';
  if (code === 'BLOCK_AS_IMPLICIT_KEY' || code === 'MULTILINE_IMPLICIT_KEY' || /map values/.test(message))
    return 'colon';
  return 'other';
}

interface PlainText {
  readonly span: Span;
  readonly around: number;
}

function columnAt(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

/** Tabs before the first word of a line, which the library here takes and Go's reader does not. */
function tabsThatIndent(
  text: string,
  offset: number,
  loose: readonly Span[],
  plain: readonly PlainText[],
): YamlProblem[] {
  for (const { index, 0: lead } of text.matchAll(/^ *(?:- *)*\t/gm)) {
    const tab = offset + index + lead.length - 1;
    if (loose.some(({ start, end }) => start < tab && tab < end)) continue;
    const column = lead.length - 1;
    const goesOn = plain.some(
      ({ span, around }) =>
        span.start < tab &&
        column > around &&
        (tab < span.end || text.slice(span.end - offset, tab - offset).trim() === ''),
    );
    if (goesOn) continue;
    return [{ code: 'tab', message: 'a tab begins the line', span: { start: tab, end: tab + 1 } }];
  }
  return [];
}

/** What Go's reader refuses and the library here lets pass: control characters, unknown directives, tabs on blank lines. */
function problemsOfText(text: string, offset: number): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.exec(text);
  if (control !== null)
    problems.push({
      code: 'character',
      message: 'control characters are not allowed',
      span: { start: offset + control.index, end: offset + control.index + 1 },
    });
  const directive = /^%(?!YAML |TAG )\S*/.exec(text);
  if (directive !== null)
    problems.push({
      code: 'directive',
      message: 'unknown directive',
      span: { start: offset, end: offset + directive[0].length },
    });
  return problems;
}

function emptyAt(span: Span): YamlScalar {
  return { kind: 'scalar', text: '', quoted: false, span };
}

function safely<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    // An alias to an anchor that is missing or too deep: the parser has reported it, here it is an absent value.
    return undefined;
  }
}

/** The last entry named `key`: YAML readers of these products let the later one win. */
export function entryOf(value: YamlValue | undefined, key: string): YamlEntry | undefined {
  return value?.kind === 'map' ? value.entries.findLast((entry) => entry.key === key) : undefined;
}

/** The value found by following `path` through mappings. */
export function valueAt(value: YamlValue | undefined, ...path: readonly string[]): YamlValue | undefined {
  return path.reduce<YamlValue | undefined>((at, key) => entryOf(at, key)?.value, value);
}

/** The scalar found by following `path`; undefined where there is none or it is empty. */
export function scalarAt(value: YamlValue | undefined, ...path: readonly string[]): YamlScalar | undefined {
  const found = valueAt(value, ...path);
  return found?.kind === 'scalar' && found.text !== '' ? found : undefined;
}

/** The items of a list, or a single value as a list of one. */
export function itemsOf(value: YamlValue | undefined): readonly YamlValue[] {
  if (value === undefined || (value.kind === 'scalar' && value.text === '' && !value.quoted)) return [];
  return value.kind === 'list' ? value.items : [value];
}

/** The scalars among `itemsOf`. */
export function scalarsOf(value: YamlValue | undefined): readonly YamlScalar[] {
  return itemsOf(value).filter((item): item is YamlScalar => item.kind === 'scalar');
}
