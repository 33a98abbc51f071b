import { type HaproxyAnalysis, type Section, sectionAt, spanOf } from '../../model/haproxy/analysis';
import type { Statement } from '../../model/haproxy/statement';
import type { Link } from '../language';
import { visitsOf } from './visits';

/** Converters whose first argument is a file: `map(…)`, `map_beg_ip(…)` and so on. */
const readsFile = /^map(?:_|$)/;

interface FileInLine {
  readonly at: { readonly start: number; readonly end: number };
  /** The word in front of it that says what the file is. */
  readonly owner: string;
}

/** The files that a line has the program read: error pages, maps, certificates, lists of patterns. */
export function linksOf(analysis: HaproxyAnalysis): readonly Link[] {
  const links: Link[] = [];
  const folders = new Folders(analysis);
  analysis.statements.forEach((statement, line) => {
    const { raw, words } = statement.line;
    // A name of a file has a dot or a slash in it; most lines have neither.
    if (words.length < 2 || !/[/.]/.test(raw)) return;
    for (const { at, owner } of filesIn(analysis, statement)) {
      const written = raw.slice(at.start, at.end);
      const isQuoted = /^(["']).*\1$/.test(written);
      const path = (isQuoted ? written.slice(1, -1) : written).replace(/^(?:opt|virt|file)@/, '');
      if (path.length < 2 || /["'$\\]|^@/.test(path) || (!isQuoted && /\s/.test(path)) || !/[/.]/.test(path)) continue;
      const target = path.startsWith('/') ? path : folders.of(owner, sectionAt(analysis, line)) + path;
      links.push({ span: spanOf(analysis, line, at), target });
    }
  });
  return links;
}

function* filesIn(analysis: HaproxyAnalysis, statement: Statement): Iterable<FileInLine> {
  const { raw, words } = statement.line;
  const before = (start: number): string => {
    let [low, high] = [0, words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((words[middle]?.end ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    return words[low - 1]?.text ?? '';
  };
  for (const { start, end, expected } of visitsOf(analysis, statement)) {
    const isFile =
      expected.kind === 'node'
        ? expected.node.kind === 'argument' && expected.node.type === 'file'
        : expected.kind === 'function-argument' && expected.index === 0 && readsFile.test(expected.of.name);
    if (isFile) yield { at: { start, end }, owner: before(start) };
  }
  // These are told to an action in parentheses, to a filter, and to all certificates of a frontend.
  for (const { index, 0: whole, 1: path = '' } of !/-(?:acl|map)\(/.test(raw)
    ? []
    : raw.matchAll(/\s(?:add-acl|del-acl|set-map|del-map)\(([^()\s]+)/g))
    yield { at: { start: index + whole.length - path.length, end: index + whole.length }, owner: '' };
  const told = toldBehind[statement.directive?.name ?? ''];
  if (told === undefined) return;
  for (const word of words) if (before(word.start) === told) yield { at: word, owner: told };
}

const toldBehind: Readonly<Record<string, string>> = { filter: 'config', 'ssl-f-use': 'crt' };

/** Where relative names of certificates, keys and authorities are looked for. */
class Folders {
  private readonly global: readonly Statement[];
  private readonly known = new Map<object, Map<string, string>>();

  constructor(private readonly analysis: HaproxyAnalysis) {
    this.global = analysis.sections.filter(({ type }) => type === 'global').flatMap((each) => this.linesOf(each));
  }

  /** The folder with a slash behind it; empty where it is that of the file. */
  of(owner: string, section: Section | undefined): string {
    const setting = /^(?:ca-|crl-)/.test(owner) ? 'ca-base' : /crt/.test(owner) ? 'crt-base' : keys[owner];
    if (setting === undefined) return '';
    const own =
      section?.type === 'crt-store' ? this.given(section, () => this.linesOf(section)).get(setting) : undefined;
    return own ?? this.given(this, () => this.global).get(setting) ?? '';
  }

  /** The folders that some lines set, by the setting: asked of again and again for the thousands of files of a store. */
  private given(of: object, lines: () => readonly Statement[]): ReadonlyMap<string, string> {
    let found = this.known.get(of);
    if (found === undefined) {
      found = new Map();
      for (const statement of lines()) {
        const name = statement.directive?.name;
        const folder = name?.endsWith('-base') === true && !found.has(name) ? statement.arg(0) : undefined;
        if (name !== undefined && folder?.open === false) found.set(name, `${withoutSlashes(folder.text)}/`);
      }
      this.known.set(of, found);
    }
    return found;
  }

  private linesOf({ header, end }: Section): readonly Statement[] {
    return this.analysis.statements.slice(header + 1, end);
  }
}

/** `/+$` would begin anew at each of many slashes that stand elsewhere. */
function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

const keys: Readonly<Record<string, string>> = { key: 'key-base' };
