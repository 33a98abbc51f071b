import { say } from '../../base/message';
import { isOn, type K3sAnalysis, type K3sSetting } from '../../model/k3s/analysis';
import { rule } from '../rule';
import { refusesEmpty, whyRefused } from './value-formats';

export const badValue = rule<K3sAnalysis>({
  id: 'k3s/bad-value',
  severity: 'error',
  summary: 'k3s cannot read the value and does not start.',

  *check(analysis) {
    const { settings } = analysis;
    for (const [index, setting] of settings.entries()) {
      // A key that stands again below is read there alone.
      if (settings.some((each, at) => at > index && each.key === setting.key && !each.entry.key.endsWith('+')))
        continue;
      if (isEmptyNumber(setting, analysis)) {
        yield {
          span: setting.entry.keySpan,
          message: say('"{0}" has no value; give it one or take the line away', setting.key.key),
        };
        continue;
      }
      for (const value of setting.values) {
        if (value.open || value.type === 'nested') continue;
        if (value.text === '' && setting.key.type === 'string-slice') {
          if (refusesEmpty(setting.key) && !addsNothing(setting, analysis))
            yield {
              span: value.span.end > value.span.start ? value.span : setting.entry.keySpan,
              message: say('"{0}" has an empty entry, and k3s does not start with it', setting.key.key),
            };
          continue;
        }
        const isUsed = !setting.key.key.startsWith('etcd-snapshot') || !isOn(analysis, 'etcd-disable-snapshots');
        const message = whyRefused(setting.key, value, isUsed);
        if (message === undefined) continue;
        const truth = setting.key.type === 'bool' ? truthMeant(value.text) : undefined;
        yield {
          span: value.span,
          message,
          ...(truth === undefined
            ? {}
            : {
                fixes: [
                  {
                    title: say('Change to {0}', truth),
                    edits: [{ span: value.span, newText: truth }],
                    confidence: 'review' as const,
                  },
                ],
              }),
        };
      }
    }
  },
});

function truthMeant(text: string): string | undefined {
  if (/^(?:yes|y|on|enabled?)$/i.test(text)) return 'true';
  return /^(?:no|n|off|disabled?)$/i.test(text) ? 'false' : undefined;
}

/** A switch or a number with nothing behind it becomes an argument with nothing behind it, which is none. */
function isEmptyNumber(setting: K3sSetting, analysis: K3sAnalysis): boolean {
  const { key, entry, values } = setting;
  if (key.type === 'string' || key.type === 'string-slice' || addsNothing(setting, analysis)) return false;
  return entry.value.kind !== 'list' && values.every((value) => value.text === '' && value.type !== 'nested');
}

/** `key+:` with nothing behind it adds nothing where there is something to add to. */
function addsNothing({ key, entry, values }: K3sSetting, { settings, elsewhere }: K3sAnalysis): boolean {
  if (!entry.key.endsWith('+') || values.some(({ type }) => type !== 'null')) return false;
  const first = settings.find((each) => each.key === key);
  return first?.entry !== entry || elsewhere.has(key.key);
}
