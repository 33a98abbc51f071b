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
  const before = (start: number): string => words.findLast((each) => each.end < start)?.text ?? '';
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

  constructor(private readonly analysis: HaproxyAnalysis) {
    this.global = analysis.sections.filter(({ type }) => type === 'global').flatMap((each) => this.linesOf(each));
  }

  /** The folder with a slash behind it; empty where it is that of the file. */
  of(owner: string, section: Section | undefined): string {
    const setting = /^(?:ca-|crl-)/.test(owner) ? 'ca-base' : /crt/.test(owner) ? 'crt-base' : keys[owner];
    if (setting === undefined) return '';
    const own = section?.type === 'crt-store' ? this.linesOf(section) : [];
    for (const lines of [own, this.global])
      for (const { directive, args } of lines)
        if (directive?.name === setting && args[0]?.open === false) return `${args[0].text.replace(/\/+$/, '')}/`;
    return '';
  }

  private linesOf({ header, end }: Section): readonly Statement[] {
    return this.analysis.statements.slice(header + 1, end);
  }
}

const keys: Readonly<Record<string, string>> = { key: 'key-base' };
