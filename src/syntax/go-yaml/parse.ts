import { goScalar } from '../go-scalar';
import type { YamlEntry, YamlList, YamlMap, YamlScalar, YamlValue } from '../yaml-value';
import { breakLength, isBreak, isLineEnd } from './characters';
import { Stop, stop, type YamlFault } from './fault';
import { Scanner, type Token, type TokenType } from './scan';

/** The documents of a text up to the first one that is no YAML, and what is wrong with that one. */
interface GoYaml {
  readonly roots: readonly (YamlValue | undefined)[];
  readonly fault: YamlFault | undefined;
}

/** Reads a text as Go's programs do (gopkg.in/yaml.v2): what it refuses they refuse, and values are those they get. */
export function readGoYaml(text: string, offset = 0): GoYaml {
  const roots: (YamlValue | undefined)[] = [];
  try {
    const reader = new Reader(text, offset);
    for (let root = reader.document(); root !== 'end'; root = reader.document()) roots.push(root);
    return { roots, fault: undefined };
  } catch (error) {
    if (error instanceof Stop) return { roots, fault: error.fault };
    throw error;
  }
}

/** Deeper than any real file; keeps hostile input from exhausting the stack. */
const deepest = 200;

/** More values than any real file has; aliases of aliases would multiply without end. */
const mostValues = 200_000;

const standardTags = 'tag:yaml.org,2002:';

interface Properties {
  readonly anchor: string | undefined;
  readonly tag: string | undefined;
  readonly at: number;
}

class Reader {
  private readonly scanner: Scanner;
  private anchors = new Map<string, { readonly value: YamlValue; readonly size: number } | undefined>();
  private handles = new Map<string, string>();
  private count = 0;
  private isFirst = true;

  constructor(
    private readonly text: string,
    private readonly offset: number,
  ) {
    this.scanner = new Scanner(text);
  }

  /** The next document; undefined for one without a value. */
  document(): YamlValue | undefined | 'end' {
    const { scanner } = this;
    const isImplicit = this.isFirst;
    this.isFirst = false;
    if (!isImplicit) while (scanner.peek().type === 'document-end') scanner.next();
    this.anchors = new Map();
    this.handles = new Map([
      ['!', '!'],
      ['!!', standardTags],
    ]);
    const { type } = scanner.peek();
    const isDirective = type === 'version' || type === 'tag-directive';
    if (type === 'stream-end') return 'end';
    const hasMarker = !isImplicit || isDirective || type === 'document-start';
    if (hasMarker) {
      this.directives();
      const token = scanner.peek();
      if (token.type !== 'document-start') stop('did not find expected <document start>', token.start);
      scanner.next();
    }
    const isEmpty =
      hasMarker && this.isNext('version', 'tag-directive', 'document-start', 'document-end', 'stream-end');
    const root = isEmpty ? undefined : this.node(true, false, 0);
    if (this.isNext('document-end')) scanner.next();
    return root?.kind === 'scalar' && root.text === '' && !root.quoted ? undefined : root;
  }

  private directives(): void {
    let hasVersion = false;
    const own = new Set<string>();
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === 'version') {
        if (hasVersion) stop('found duplicate %YAML directive', token.start);
        if (token.text !== '1' || token.more !== '1') stop('found incompatible YAML document', token.start);
        hasVersion = true;
      } else if (token.type === 'tag-directive') {
        if (own.has(token.text)) stop('found duplicate %TAG directive', token.start);
        own.add(token.text);
        this.handles.set(token.text, token.more ?? '');
      } else return;
      this.scanner.next();
    }
  }

  private isNext(...types: readonly TokenType[]): boolean {
    return types.includes(this.scanner.peek().type);
  }

  private node(isBlock: boolean, mayBeIndentless: boolean, depth: number): YamlValue {
    const { scanner } = this;
    if (depth > deepest) stop('the text is nested too deep', scanner.peek().start);
    if (++this.count > mostValues) stop('document contains excessive aliasing', scanner.peek().start);
    if (this.isNext('alias')) return this.alias(scanner.next());
    const properties = this.properties();
    const { anchor } = properties;
    const before = this.count;
    if (anchor !== undefined) this.anchors.set(anchor, undefined);
    const value = this.content(properties, isBlock, mayBeIndentless, depth);
    if (anchor !== undefined) this.anchors.set(anchor, { value, size: this.count - before + 1 });
    return value;
  }

  /** A key stands where it is written, an alias of what is written elsewhere too. */
  private key(isBlock: boolean, depth: number): YamlValue {
    const { start, end } = this.scanner.peek();
    const isAlias = this.isNext('alias');
    const key = this.node(isBlock, isBlock, depth);
    return isAlias ? { ...key, span: this.span(start, end) } : key;
  }

  private alias({ text, start }: Token): YamlValue {
    if (!this.anchors.has(text)) stop(`unknown anchor '${text}' referenced`, start);
    const found = this.anchors.get(text);
    if (found === undefined) stop(`anchor '${text}' value contains itself`, start);
    this.count += found.size;
    return found.value;
  }

  private properties(): Properties {
    let anchor: string | undefined;
    let tag: string | undefined;
    const at = this.scanner.peek().start;
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === 'anchor' && anchor === undefined) anchor = token.text;
      else if (token.type === 'tag' && tag === undefined) tag = this.tagOf(token);
      else return { anchor, tag, at };
      this.scanner.next();
    }
  }

  private tagOf({ text: handle, more: suffix = '', start }: Token): string {
    if (handle === '') return suffix;
    const prefix = this.handles.get(handle);
    if (prefix === undefined) stop('found undefined tag handle', start);
    return prefix + suffix;
  }

  private content(
    { anchor, tag, at }: Properties,
    isBlock: boolean,
    mayBeIndentless: boolean,
    depth: number,
  ): YamlValue {
    const { scanner } = this;
    const token = scanner.peek();
    if (mayBeIndentless && token.type === '-') return this.blockList(token.start, false, depth);
    switch (token.type) {
      case 'text':
        scanner.next();
        return this.scalar(token, tag);
      case '[':
        return this.flowList(depth);
      case '{':
        return this.flowMap(depth);
      case 'block-list':
      case 'block-map':
        if (!isBlock) break;
        scanner.next();
        return token.type === 'block-list'
          ? this.blockList(token.start, true, depth)
          : this.blockMap(token.start, depth);
    }
    if (anchor === undefined && tag === undefined) stop('did not find expected node content', token.start, at);
    return this.scalar(
      { type: 'text', start: token.start, end: token.start, text: '', isPlain: tag === undefined },
      tag,
    );
  }

  private span(start: number, end: number): { readonly start: number; readonly end: number } {
    return { start: start + this.offset, end: Math.max(start, end) + this.offset };
  }

  private empty(at: number): YamlScalar {
    this.count++;
    return { kind: 'scalar', text: '', quoted: false, span: this.span(at, at) };
  }

  /** A tag may make a number of a text and a text of a number. */
  private scalar({ start, end, text, isPlain = false }: Token, tag: string | undefined): YamlScalar {
    const span = this.span(start, end);
    const made = (quoted: boolean): YamlScalar => ({
      kind: 'scalar',
      text: quoted || isPlain ? text : text.trim(),
      quoted,
      span,
    });
    if (tag === undefined) return made(!isPlain);
    if (tag === '!') return made(true);
    const name = tag.startsWith(standardTags) ? tag.slice(standardTags.length) : '';
    if (!/^(?:bool|int|float|null|timestamp)$/.test(name)) return made(true);
    const { type } = goScalar({ text, quoted: false });
    const isDate = /^\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?$/.test(text);
    if (name === 'timestamp' ? !isDate : type !== name && !(name === 'float' && type === 'int'))
      stop(`cannot decode \`${text}\` as a !!${name}`, start);
    return made(name === 'timestamp');
  }

  /** The items of `- …` lines; a list at the column of its key has no tokens around it. */
  private blockList(start: number, hasEnd: boolean, depth: number): YamlList {
    const { scanner } = this;
    const items: YamlValue[] = [];
    let end = start;
    while (this.isNext('-')) {
      const dash = scanner.next();
      const isEmpty = hasEnd ? this.isNext('-', 'block-end') : this.isNext('-', '?', ':', 'block-end');
      const item = isEmpty ? this.empty(dash.end) : this.node(true, false, depth + 1);
      items.push(item);
      end = this.endOf(item, dash.end);
    }
    if (hasEnd) this.expectEnd("did not find expected '-' indicator", start);
    return { kind: 'list', items, flow: false, span: this.span(start, end) };
  }

  private expectEnd(message: string, from: number): void {
    const token = this.scanner.peek();
    if (token.type !== 'block-end') stop(message, token.start, from);
    this.scanner.next();
  }

  private blockMap(start: number, depth: number): YamlMap {
    const { scanner } = this;
    const entries: YamlEntry[] = [];
    let end = start;
    while (this.isNext('?')) {
      const sign = scanner.next();
      const key = this.isNext('?', ':', 'block-end') ? this.empty(sign.end) : this.key(true, depth + 1);
      let value: YamlValue;
      if (this.isNext(':')) {
        const colon = scanner.next();
        value = this.isNext('?', ':', 'block-end') ? this.empty(colon.end) : this.node(true, true, depth + 1);
      } else value = this.empty(key.span.end - this.offset);
      entries.push(this.entry(key, value));
      end = this.endOf(value, key.span.end - this.offset);
    }
    this.expectEnd('did not find expected key', start);
    return { kind: 'map', entries, flow: false, span: this.span(start, end) };
  }

  /** Where a collection by indentation ends: behind the last line of its last value. */
  private endOf({ kind, span }: YamlValue, least: number): number {
    const end = span.end - this.offset;
    if (end < least) return least;
    if (kind !== 'scalar' && isBreak(this.text, end - 1)) return end;
    if (isBreak(this.text, end - 1) && end > span.start - this.offset) return end;
    let lineEnd = end;
    while (!isLineEnd(this.text, lineEnd)) lineEnd++;
    return lineEnd < this.text.length ? lineEnd + breakLength(this.text, lineEnd) : lineEnd;
  }

  private entry(key: YamlValue, value: YamlValue): YamlEntry {
    const name = key.kind === 'scalar' ? key.text : '';
    if (name === '<<' && key.kind === 'scalar' && !key.quoted && !isMergeable(value))
      stop('map merge requires map or sequence of maps as the value', value.span.start - this.offset);
    return { key: name, keySpan: key.span, value };
  }

  private flowList(depth: number): YamlList {
    const { scanner } = this;
    const { start } = scanner.next();
    const items: YamlValue[] = [];
    for (let isFirst = true; !this.isNext(']'); isFirst = false) {
      if (!isFirst) {
        const token = scanner.peek();
        if (token.type !== ',') stop("did not find expected ',' or ']'", token.start, start);
        scanner.next();
        if (this.isNext(']')) break;
      }
      if (this.isNext('?')) items.push(this.pair(depth));
      else items.push(this.node(false, false, depth + 1));
    }
    const { end } = scanner.next();
    return { kind: 'list', items, flow: true, span: this.span(start, end) };
  }

  /** `[key: value]`: a mapping of one entry without braces. */
  private pair(depth: number): YamlMap {
    const { scanner } = this;
    const sign = scanner.next();
    let key: YamlValue;
    if (this.isNext(':', ',', ']')) {
      key = this.empty(sign.end);
      // libyaml passes over this token; a text that is right has none here.
      scanner.next();
    } else key = this.key(false, depth + 1);
    let value: YamlValue = this.empty(key.span.end - this.offset);
    if (this.isNext(':')) {
      const colon = scanner.next();
      value = this.isNext(',', ']') ? this.empty(colon.end) : this.node(false, false, depth + 1);
    }
    const span = { start: key.span.start, end: Math.max(key.span.end, value.span.end) };
    return { kind: 'map', entries: [this.entry(key, value)], flow: true, span };
  }

  private flowMap(depth: number): YamlMap {
    const { scanner } = this;
    const { start } = scanner.next();
    const entries: YamlEntry[] = [];
    for (let isFirst = true; !this.isNext('}'); isFirst = false) {
      if (!isFirst) {
        const token = scanner.peek();
        if (token.type !== ',') stop("did not find expected ',' or '}'", token.start, start);
        scanner.next();
        if (this.isNext('}')) break;
      }
      if (!this.isNext('?')) {
        const key = this.key(false, depth + 1);
        entries.push(this.entry(key, this.empty(key.span.end - this.offset)));
        continue;
      }
      const sign = scanner.next();
      const key = this.isNext(':', ',', '}') ? this.empty(sign.end) : this.key(false, depth + 1);
      let value: YamlValue = this.empty(key.span.end - this.offset);
      if (this.isNext(':')) {
        const colon = scanner.next();
        value = this.isNext(',', '}') ? this.empty(colon.end) : this.node(false, false, depth + 1);
      }
      entries.push(this.entry(key, value));
    }
    const { end } = scanner.next();
    return { kind: 'map', entries, flow: true, span: this.span(start, end) };
  }
}

function isMergeable(value: YamlValue): boolean {
  return value.kind === 'map' || (value.kind === 'list' && value.items.every((item) => item.kind === 'map'));
}
