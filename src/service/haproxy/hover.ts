import {
  bindParams,
  type Directive,
  type Parameter,
  releaseText,
  sectionTypeOf,
  serverParams,
} from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Hover } from '../language';
import { placeAt } from './place';

/** What a section, directive or parameter does, how it is written, its default and since when it is there. */
export function hoverHaproxy(analysis: HaproxyAnalysis, offset: number): Hover | undefined {
  const { word, statement, start } = placeAt(analysis, offset);
  if (word === undefined || statement === undefined) return undefined;
  const span = { start: start + word.start, end: start + word.end };
  const header = statement.header;
  if (header !== undefined) {
    const type = sectionTypeOf(word.text);
    return type === undefined
      ? undefined
      : { span, markdown: `**${type.name}**\n\n${type.summary}\n\n${manual(analysis)}` };
  }
  const { directive } = statement;
  if (directive === undefined) return undefined;
  if (statement.keyword.includes(word)) return { span, markdown: `${directiveText(directive)}\n\n${manual(analysis)}` };
  const isServer = directive.name.includes('server');
  const parameter = (isServer ? serverParams : directive.name === 'bind' ? bindParams : undefined)?.get(word.text);
  return parameter === undefined ? undefined : { span, markdown: `${parameterText(parameter)}\n\n${manual(analysis)}` };
}

function directiveText(directive: Directive): string {
  const lines = [`\`${directive.usage === '' ? directive.name : directive.usage}\``, directive.summary];
  if (directive.defaultValue !== '') lines.push(`Default: ${directive.defaultValue}`);
  if (directive.since > 0) lines.push(`Since HAProxy ${releaseText(directive.since)}`);
  if (directive.deprecated > 0) lines.push(`Deprecated since ${releaseText(directive.deprecated)}`);
  if (directive.removed > 0) lines.push(`Gone since ${releaseText(directive.removed)}`);
  if (directive.replacement !== '') lines.push(`Use instead: ${directive.replacement}`);
  return lines.join('\n\n');
}

function parameterText(parameter: Parameter): string {
  const lines = [`\`${parameter.usage === '' ? parameter.name : parameter.usage}\``, parameter.summary];
  if (parameter.since > 0) lines.push(`Since HAProxy ${releaseText(parameter.since)}`);
  return lines.join('\n\n');
}

function manual({ release }: HaproxyAnalysis): string {
  const text = releaseText(release);
  return `[HAProxy ${text} manual](https://docs.haproxy.org/${text}/configuration.html)`;
}
