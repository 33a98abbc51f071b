import { render, type Speak, say } from '../../base/message';
import { touches } from '../../base/span';
import { removedK3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey, settingOf } from '../../model/k3s/analysis';
import { effectiveSetting, readingOrder } from '../../model/k3s/effective';
import { argumentKeys } from '../../rules/k3s/arguments';
import type { Hover, HoverContext } from '../language';
import { codeSpan } from '../markdown';
import { hoverOfArgument } from '../yaml/argument-hover';
import { describeValue } from '../yaml/describe-value';
import { describeKey, describeMode, describeRemoved, describeSchedule } from './describe';
import { describeEndpoint } from './endpoint';

const manual = '[k3s server](https://docs.k3s.io/cli/server) · [k3s agent](https://docs.k3s.io/cli/agent)';

/** What a key is for, what the node runs with after all its files, and what the value comes to. */
export function hover(analysis: K3sAnalysis, offset: number, context?: HoverContext<K3sAnalysis>): Hover | undefined {
  const setting = analysis.settings.find(
    ({ entry }) =>
      touches(entry.keySpan, offset) || (entry.value.kind === 'scalar' && touches(entry.value.span, offset)),
  );
  const speak = context?.speak ?? render;
  if (setting === undefined) return removedHover(analysis, offset, speak) ?? argumentHover(analysis, offset, speak);
  const { key, entry, values } = setting;
  const onKey = touches(entry.keySpan, offset);
  const lines = onKey ? [describeKey(key, speak)] : [`**${plainKey(entry)}**`];
  const last = values.at(-1);
  if (key.format === 'cron' && last !== undefined && context !== undefined) {
    const next = describeSchedule(last.text, context.wallClock, speak);
    if (next !== undefined) lines.push(next);
  }
  if (key.format === 'kine-dsn' && last !== undefined && !last.open) {
    const described = describeEndpoint(last.text);
    if (described !== undefined) lines.push(described);
  }
  if (key.format === 'octal-mode' && last !== undefined) {
    const mode = describeMode(last.text);
    const { value } = entry;
    const written = value.kind === 'scalar' ? value.text : last.text;
    if (written !== last.text)
      lines.push(
        speak(say('Without quotes YAML makes the number {1} of {0}.', codeSpan(written), codeSpan(last.text))),
      );
    if (mode !== undefined) lines.push(speak(say('{0} is {1}', codeSpan(last.text), codeSpan(mode))));
  }
  const effective = effectiveText(analysis, key.key, context);
  if (effective !== undefined) lines.push(effective);
  if (!onKey) {
    const argument = argumentHover(analysis, offset, speak);
    if (argument !== undefined) return argument;
    const known =
      last === undefined || key.secret === true
        ? undefined
        : describeValue(values.map((each) => each.text).join(','), key.type === 'duration', speak);
    if (known !== undefined) lines.push(known);
    if (lines.length === 1) lines.splice(0, 1, describeKey(key, speak));
  } else lines.push(manual);
  return { span: onKey ? entry.keySpan : entry.value.span, markdown: lines.join('\n\n') };
}

/** What takes the place of a key that newer releases do not have. */
function removedHover({ entries }: K3sAnalysis, offset: number, speak: Speak): Hover | undefined {
  const entry = entries.find(({ keySpan }) => touches(keySpan, offset));
  const gone = entry === undefined ? undefined : removedK3sKey(plainKey(entry));
  return entry === undefined || gone === undefined
    ? undefined
    : { span: entry.keySpan, markdown: describeRemoved(gone, speak) };
}

/** What an item of a list is: an argument to its component, or one of the values of its key. */
function argumentHover({ settings }: K3sAnalysis, offset: number, speak: Speak): Hover | undefined {
  for (const { key, entry, values } of settings) {
    const component = argumentKeys[key.key];
    const value = values.find((each) => touches(each.span, offset));
    if (value === undefined) continue;
    const name = /^-*([\w-]+)/.exec(value.text)?.[1]?.replace(/-$/, '') ?? '';
    if (component !== undefined) return hoverOfArgument(component, name, value.span, speak);
    return entry.value.kind === 'list' ? { span: value.span, markdown: describeKey(key, speak) } : undefined;
  }
  return undefined;
}

/** `effective value …, from …` where the node has several files; secrets are not shown. */
function effectiveText(
  analysis: K3sAnalysis,
  key: string,
  context: HoverContext<K3sAnalysis> | undefined,
): string | undefined {
  if (context === undefined || context.siblings.length === 0) return undefined;
  const files = readingOrder([analysis, ...context.siblings.map((each) => each.analysis)]);
  const effective = effectiveSetting(files, key);
  if (effective === undefined) return undefined;
  const from = [...new Set(effective.values.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)))].join(', ');
  const isSecret = settingOf(analysis, key)?.key.secret === true;
  const speak = context.speak ?? render;
  const text = isSecret
    ? speak(say('(not shown)'))
    : effective.values.map(({ value }) => codeSpan(value.text)).join(', ');
  return speak(say('Effective value: {0}, from {1}', text, from));
}
