import type { Span } from '../../base/span';
import { componentArguments, releaseOf } from '../../catalog/kubernetes/arguments';
import type { Hover } from '../language';

const takes = { bool: 'true or false', int: 'a number', duration: 'a duration', other: 'text' } as const;

/** What an argument of a component takes, with a link to its reference; undefined for a name that it does not have. */
export function hoverOfArgument(component: string, name: string, span: Span): Hover | undefined {
  const type = componentArguments(component)?.get(name);
  if (type === undefined) return undefined;
  const page =
    component === 'etcd'
      ? 'https://etcd.io/docs/v3.6/op-guide/configuration/'
      : `https://kubernetes.io/docs/reference/command-line-tools-reference/${component}/`;
  return {
    span,
    markdown: `**--${name}** of ${component} v${releaseOf(component)}\n\nTakes ${takes[type]}.\n\n[${component}](${page})`,
  };
}
