import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { trailing } from '../../base/trailing';
import { compareVersions, parseVersion } from '../../base/version';
import { k3sKey } from '../../catalog/k3s/catalog';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import type { YamlEntry } from '../../syntax/located-yaml';
import { rule } from '../rule';

export const nestedValue = rule<K3sAnalysis>({
  id: 'k3s/nested-value',
  severity: 'warning',
  summary: 'No key of k3s takes keys below it; what stands there becomes a text that makes no sense.',

  *check({ settings, text }) {
    for (const { key, values, entry } of settings) {
      for (const value of values) {
        if (value.type !== 'nested' || value.open) continue;
        const items = key.type === 'string-slice' ? itemsOfMap(text, entry) : undefined;
        yield {
          span: value.span,
          ...(items === undefined
            ? {}
            : {
                fixes: [
                  {
                    title: say('Write it as a list'),
                    edits: [{ span: value.span, newText: items }],
                    confidence: 'review' as const,
                  },
                ],
              }),
          message:
            key.type === 'string-slice'
              ? say('"{0}" takes texts, and this is a structure; write each item as name=value', key.key)
              : say('"{0}" takes one text, and this is a structure', key.key),
        };
      }
    }
  },
});

/** `name: value` lines as the items `- name=value`; undefined where the values are no plain texts. */
function itemsOfMap(text: string, { value }: YamlEntry): string | undefined {
  if (value.kind !== 'map' || value.flow || /(?:^|\s)#/.test(text.slice(value.span.start, value.span.end)))
    return undefined;
  const indent = ' '.repeat(value.span.start - (text.lastIndexOf('\n', value.span.start - 1) + 1));
  const items = value.entries.map((each) =>
    each.value.kind === 'scalar' && !/[:#"']/.test(each.value.text) ? `- ${each.key}=${each.value.text}` : undefined,
  );
  const end = trailing(text.slice(value.span.start, value.span.end), /\s/);
  return items.includes(undefined) ? undefined : `${items.join(`\n${indent}`)}${end}`;
}

export const severalValues = rule<K3sAnalysis>({
  id: 'k3s/several-values',
  severity: 'warning',
  summary: 'The key takes one value; of a list k3s uses the last item only.',

  *check({ settings }) {
    for (const { key, entry } of settings) {
      if (key.type === 'string-slice' || entry.value.kind !== 'list' || entry.value.items.length < 2) continue;
      yield {
        span: entry.keySpan,
        message: say('"{0}" takes one value; of these {1} only the last counts', key.key, entry.value.items.length),
      };
    }
  },
});

export const duplicateKey = rule<K3sAnalysis>({
  id: 'k3s/duplicate-key',
  severity: 'warning',
  summary: 'The key stands twice in the file; only the later one counts.',

  *check({ entries }) {
    const seen = new Map<string, (typeof entries)[number]>();
    for (const entry of entries) {
      const name = entry.key.endsWith('+') ? entry.key : (k3sKey(entry.key)?.key ?? entry.key);
      const before = seen.get(name);
      seen.set(name, entry);
      // Adding twice adds both; only a plain key throws the one above away.
      if (before === undefined || name.endsWith('+')) continue;
      yield {
        span: before.keySpan,
        message: say('"{0}" stands again further down, and only that one counts', before.key),
        related: [{ span: entry.keySpan, message: say('this one counts') }],
        tag: 'unnecessary',
      };
    }
  },
});

export const mergeKey = rule<K3sAnalysis>({
  id: 'k3s/merge-key',
  severity: 'warning',
  summary: 'k3s drops what a merge key (`<<`) brings in.',

  *check({ entries }) {
    for (const { key, keySpan } of entries)
      if (key === '<<')
        yield {
          span: keySpan,
          message: say('k3s drops what "<<" brings in; write these keys into the file themselves'),
        };
  },
});

export const secondDocument = rule<K3sAnalysis>({
  id: 'k3s/second-document',
  severity: 'warning',
  summary: 'k3s reads the first YAML document of the file only.',

  *check({ unread }) {
    for (const { root } of unread) {
      if (root?.kind !== 'map') continue;
      const first = root.entries[0];
      if (first === undefined) continue;
      yield {
        span: first.keySpan,
        message: say('k3s stops reading at the "---" above; nothing from here on counts'),
      };
    }
  },
});

export const deprecatedKey = rule<K3sAnalysis>({
  id: 'k3s/deprecated-key',
  severity: 'warning',
  summary: 'The key still works and has a successor.',

  *check({ settings }) {
    for (const { key, entry } of settings) {
      if (key.deprecated === undefined) continue;
      const replacement = key.key === 'helm-job-image' ? undefined : key.deprecated;
      const finding: Finding = {
        span: entry.keySpan,
        message: say('"{0}" is the old name of "{1}"', entry.key, key.deprecated),
        tag: 'deprecated',
      };
      yield replacement === undefined
        ? { ...finding, message: say('"{0}" is deprecated; "{1}" sets it now', entry.key, key.deprecated) }
        : {
            ...finding,
            fixes: [
              {
                title: say('Change to {0}', replacement),
                edits: [{ span: entry.keySpan, newText: entry.key.endsWith('+') ? `${replacement}+` : replacement }],
                confidence: 'safe',
              },
            ],
          };
    }
  },
});

export const newerKey = rule<K3sAnalysis>({
  id: 'k3s/newer-key',
  severity: 'warning',
  summary: 'The key came with a later release than the one the nodes run.',

  *check({ settings, version }) {
    if (version === undefined) return;
    for (const { key, entry } of settings) {
      const since = key.since === undefined ? undefined : parseVersion(key.since);
      if (since === undefined || compareVersions(version.slice(0, 2), since) >= 0) continue;
      yield {
        span: entry.keySpan,
        message: say(
          'k3s v{0} does not know "{1}" yet; it came with v{2}',
          version.join('.'),
          key.key,
          key.since ?? '',
        ),
      };
    }
  },
});

export const serverKeyOnAgent = rule<K3sAnalysis>({
  id: 'k3s/server-key-on-agent',
  severity: 'error',
  summary: 'An agent knows the keys of agents only and does not start with any other.',

  *check({ settings, role }) {
    if (role === 'server') {
      for (const { key, entry } of settings)
        if (key.role === 'agent')
          yield {
            span: entry.keySpan,
            severity: 'warning',
            message: say('"{0}" is a key of agents; this server drops it', key.key),
          };
    }
    if (role !== 'agent') return;
    for (const { key, entry } of settings)
      if (key.role === 'server')
        yield {
          span: entry.keySpan,
          message: say('"{0}" is a key of servers; the agent does not start with it', key.key),
          fixes: [
            {
              title: say('Remove {0}', entry.key),
              edits: [{ span: { start: entry.keySpan.start, end: entry.value.span.end }, newText: '' }],
              confidence: 'review',
            },
          ],
        };
  },
});
