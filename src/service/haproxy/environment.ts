import { existsIn, type Release, valuesOf } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { occurrences } from './occurrences';
import type { Offer } from './offer';

/** Variables that the program sets for itself (management guide, "Environment variables"). */
const ofProgram: readonly string[] = [
  'HAPROXY_BRANCH',
  'HAPROXY_CFGFILES',
  'HAPROXY_CLI',
  'HAPROXY_HTTP_LOG_FMT',
  'HAPROXY_HTTPS_LOG_FMT',
  'HAPROXY_LOCALPEER',
  'HAPROXY_MASTER_CLI',
  'HAPROXY_MWORKER',
  'HAPROXY_STARTUP_VERSION',
  'HAPROXY_TCP_LOG_FMT',
  'HOSTNAME',
];

const settingName = /(?<=^[ \t]*(?:pre)?)setenv\s+(\w+)/my;
const readName = /\$\{?([A-Za-z_]\w{2,})\b(?=[}\-"\s[])/y;

/** Names that may stand behind `$`: those that the file sets or reads elsewhere, and the program's own. */
export function* environmentOffers({ document }: HaproxyAnalysis): Iterable<Offer> {
  const found = new Set<string>();
  for (const [, name = ''] of occurrences(document.text, 'setenv', settingName)) found.add(name);
  for (const [, name = ''] of occurrences(document.text, '$', readName)) found.add(name);
  for (const label of found) yield { label, kind: 'value' };
  for (const label of ofProgram) yield { label, kind: 'value', order: 6 };
}

/** Words of lines that begin with a dot: `.if`, and behind it what may be asked. */
export function* preprocessorOffers(upToCursor: string, release: Release): Iterable<Offer> {
  if (/^\s*\.?\w*$/.test(upToCursor)) {
    for (const each of valuesOf('preprocessor.directive').values()) {
      const label = each.name.split(' ')[0] ?? '';
      if (existsIn(each, release))
        yield { label, kind: 'keyword', detail: each.name, documentation: each.summary, order: 9 };
    }
  } else if (/^\s*\.(?:el)?if\s+[^#]*$/.test(upToCursor)) {
    for (const each of valuesOf('preprocessor.predicate').values())
      if (existsIn(each, release))
        yield {
          label: each.name,
          kind: 'function',
          newText: `${each.name}(\${1})`,
          isSnippet: true,
          detail: each.usage,
          documentation: each.summary,
        };
  }
}
