import { type HaproxyAnalysis, type Section, spanOf } from '../../model/haproxy/analysis';
import type { DocumentSymbol, Fold } from '../language';

/** Sections, and in them their servers, ACLs and listening addresses. */
export function symbolsOf(analysis: HaproxyAnalysis): readonly DocumentSymbol[] {
  return analysis.sections.map((section) => {
    const header = analysis.statements[section.header]?.line.words[0] ?? { start: 0, end: 0 };
    return {
      name: section.name?.text ?? section.type,
      ...(section.name !== undefined && { detail: section.type }),
      kind: section.name === undefined ? 'section' : 'proxy',
      span: bodyOf(analysis, section),
      nameSpan: spanOf(analysis, section.header, section.name ?? header),
      children: childrenOf(analysis, section),
    };
  });
}

const kinds = {
  server: 'server',
  'server-template': 'server',
  acl: 'acl',
  bind: 'address',
  nameserver: 'server',
  peer: 'server',
  user: 'value',
} as const;

function childrenOf(analysis: HaproxyAnalysis, section: Section): DocumentSymbol[] {
  const children: DocumentSymbol[] = [];
  for (let line = section.header + 1; line < section.end; line++) {
    const statement = analysis.statements[line];
    const [name] = statement?.args ?? [];
    const directive = statement?.directive?.name ?? '';
    if (name === undefined || !Object.hasOwn(kinds, directive)) continue;
    const first = statement?.line.words[0] ?? name;
    const last = statement?.line.words.at(-1) ?? name;
    children.push({
      name: name.text,
      detail: directive,
      kind: kinds[directive as keyof typeof kinds],
      span: spanOf(analysis, line, { start: first.start, end: last.end }),
      nameSpan: spanOf(analysis, line, name),
      children: [],
    });
  }
  return children;
}

export function foldsOf(analysis: HaproxyAnalysis): readonly Fold[] {
  return analysis.sections.map((section) => ({ span: bodyOf(analysis, section), kind: 'region' }));
}

/** From the header to the last line with a word on it. */
function bodyOf(analysis: HaproxyAnalysis, section: Section) {
  let last = section.end - 1;
  while (last > section.header && (analysis.document.lines[last]?.words.length ?? 0) === 0) last--;
  const start = analysis.document.starts[section.header] ?? 0;
  const end = analysis.document.lines[last]?.words.at(-1)?.end ?? 0;
  return { start, end: (analysis.document.starts[last] ?? 0) + end };
}
