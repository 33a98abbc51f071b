import { say } from '../../base/message';
import { existsIn, type Release, releaseText, type SectionType } from '../../catalog/haproxy/catalog';
import type { Line } from '../../syntax/haproxy/line';
import { argumentNode } from './grammar';
import { Reader } from './reader';
import { firstEmpty, Statement } from './statement';
import { expected, type Visit } from './visit';

const defaultsName = argumentNode('name', 'ref', 'defaults');

/** Reads the line that opens a section. */
export function readHeader(line: Line, header: SectionType, release: Release, visit: Visit | undefined): Statement {
  const reader = new Reader(release, header.name, line, visit);
  const [keyword, name] = line.words;
  const stop = firstEmpty(line.words, 1);
  const isProxy = ['frontend', 'backend', 'listen', 'defaults'].includes(header.name);
  if (name !== undefined && header.naming !== 'none' && name.text !== 'from') reader.expect(name, expected.name);
  if (keyword !== undefined && !existsIn(header, release)) {
    if (header.since > release)
      reader.report(
        'too-new-keyword',
        keyword,
        say('"{0}" exists from {1} on', header.name, releaseText(header.since)),
      );
    else
      reader.report(
        'removed-keyword',
        keyword,
        say('"{0}" was removed in {1}', header.name, releaseText(header.removed)),
      );
  } else if (keyword !== undefined) {
    if (header.naming === 'required' && (name === undefined || stop === 1)) {
      reader.report('bad-section', keyword, say('section "{0}" needs a name', header.name));
    } else if (name !== undefined && header.strictName && !name.open && /[^\w.:-]/.test(name.text)) {
      reader.report(
        'bad-section',
        name,
        say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', name.text),
      );
    }
    const from = line.words.findIndex((each, index) => index > 0 && each.text === 'from');
    if (isProxy && release >= 204 && from > 0 && (from === 2 || (header.name === 'defaults' && from === 1))) {
      const target = line.words[from + 1];
      reader.expect(line.words[from], { kind: 'words', words: ['from'] });
      reader.expectNode(target, defaultsName);
      if (target === undefined)
        reader.report(
          'missing-argument',
          line.words[from] ?? keyword,
          say('the name of a defaults section is missing behind "from"'),
        );
      else reader.refer('defaults', target.text, target);
      const surplus = line.words[from + 2];
      if (surplus !== undefined && !surplus.open && stop === line.words.length && header.name !== 'defaults')
        reader.report(
          'surplus-argument',
          surplus,
          say('"{0}" is one word too many behind the section name', surplus.text),
        );
    } else {
      const surplus = line.words[header.naming === 'none' ? 1 : 2];
      const refused = ![
        'defaults',
        'resolvers',
        'mailers',
        'ring',
        'http-errors',
        'namespace_list',
        'healthcheck',
        'acme',
      ].includes(header.name);
      if (surplus !== undefined && refused && stop === line.words.length)
        reader.report(
          'surplus-argument',
          surplus,
          say('"{0}" is one word too many behind the section name', surplus.text),
        );
    }
  }
  return new Statement(
    line,
    header.name,
    header,
    undefined,
    undefined,
    1,
    stop,
    reader.problems,
    reader.references,
    undefined,
  );
}
