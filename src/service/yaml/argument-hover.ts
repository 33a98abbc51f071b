import { catalogText, render, type Speak, say } from '../../base/message';
import type { Span } from '../../base/span';
import { componentArguments, describedBy, releaseOf } from '../../catalog/kubernetes/arguments';
import type { Hover } from '../language';

const takes = {
  bool: say('true or false'),
  int: say('number'),
  duration: say('duration'),
  other: say('text'),
} as const;

/** What an argument of a component takes, with a link to its reference; undefined for a name that it does not have. */
export function hoverOfArgument(component: string, name: string, span: Span, speak: Speak = render): Hover | undefined {
  const type = componentArguments(component)?.get(name);
  if (type === undefined) return undefined;
  const page =
    component === 'etcd'
      ? 'https://etcd.io/docs/v3.6/op-guide/configuration/'
      : `https://kubernetes.io/docs/reference/command-line-tools-reference/${component}/`;
  const about = describedBy(component, name);
  return {
    span,
    markdown: [
      `**--${name}** (${component} v${releaseOf(component)}): ${speak(takes[type])}`,
      ...(about === undefined ? [] : [speak(catalogText(about.text))]),
      ...(about?.default === undefined ? [] : [speak(say('Default: {0}', `\`${about.default}\``))]),
      `[${component}](${page})`,
    ].join('\n\n'),
  };
}
