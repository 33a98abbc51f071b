import { isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments, type YAMLParseError } from 'yaml';
import type { Span } from '../base/span';
import type { YamlDocument, YamlProblem, YamlProblemCode, YamlScalar, YamlValue } from './yaml-value';

/** Deeper than any real file; keeps hostile input from exhausting the stack. */
const maxDepth = 64;

/** More values than any real file has; aliases of aliases would multiply without end. */
const maxValues = 200_000;

/** The parser calls itself for each level, and where its stack ends, so may the process that it runs in. */
const deepestText = 400;

/** No less than how deep the values of a text lie in each other: brackets are counted wherever they stand. */
function isTooDeep(text: string): boolean {
  let brackets = 0;
  const columns: number[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    let at = start;
    while (at < end && text.charCodeAt(at) === 32) at++;
    if (at < end) while ((columns.at(-1) ?? -1) >= at - start) columns.pop();
    // `- - ? a` are three levels, each at its column.
    while (at < end && '-?:'.includes(text[at] ?? '') && isBlankAt(text, at + 1)) {
      columns.push(at - start);
      at++;
      while (at < end && isBlankAt(text, at)) at++;
    }
    if (at < end) columns.push(at - start);
    for (; at < end; at++) {
      const sign = text.charCodeAt(at);
      if (sign === 91 || sign === 123) brackets++;
      else if ((sign === 93 || sign === 125) && brackets > 0) brackets--;
      if (brackets + columns.length > deepestText) return true;
    }
    if (brackets + columns.length > deepestText) return true;
    start = end + 1;
  }
  return false;
}

const isBlankAt = (text: string, at: number): boolean => {
  const sign = text[at] ?? '\n';
  return sign === ' ' || sign === '\t' || sign === '\n' || sign === '\r';
};

/** Reads on behind damage, and says of the damage what a person would. */
export function parsePatiently(source: string, offset: number): readonly YamlDocument[] {
  if (isTooDeep(source)) return [];
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
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    let values = 0;
    const missing: YamlProblem[] = [];
    const convert = (node: unknown, depth: number, fallback: Span): YamlValue => {
      const resolved = isAlias(node) ? safely(() => node.resolve(document)) : node;
      const span = spanOf(node, fallback);
      if (isAlias(node) && resolved === undefined)
        missing.push({ code: 'anchor', message: `no anchor is named ${node.source}`, span });
      if (depth > maxDepth || ++values > maxValues) return emptyAt(span);
      if (isMap(resolved)) {
        const entries = resolved.items.map((pair) => {
          const keySpan = spanOf(pair.key, span);
          const key = isScalar(pair.key) ? String(pair.key.value ?? '') : '';
          const value = convert(pair.value, depth + 1, { start: keySpan.end, end: keySpan.end });
          return { key, keySpan, value };
        });
        return { kind: 'map', entries, flow: resolved.flow === true, span };
      }
      if (isSeq(resolved)) {
        const items = resolved.items.map((item) => convert(item, depth + 1, span));
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
    const root = contents === null ? undefined : convert(contents, 0, { start: offset, end: offset });
    const own = document.errors
      .filter((error) => isRefused(error, text))
      .map((error) => ({
        code: codeOf(error),
        message: error.message,
        span: placeOf(error.pos, text, offset),
      }));
    return { root, problems: [...own, ...missing] };
  });
}

/** Whether Go's reader refuses it too: a bracket may close at the very column of its key. */
function isRefused({ code, message, pos }: YAMLParseError, text: string): boolean {
  return !(code === 'BAD_INDENT' && message.startsWith('Flow ') && /[\]}]/.test(text[pos[0]] ?? ''));
}

/** Where a problem is shown: what is missing at the end of the text is missing behind its last word. */
export function placeOf([start, end]: readonly [number, number], text: string, offset: number): Span {
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
