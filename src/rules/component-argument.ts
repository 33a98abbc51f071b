import type { Finding } from '../base/finding';
import { parseGoDuration } from '../base/go-duration';
import { type Message, say } from '../base/message';
import { nearest } from '../base/nearest';
import type { Span } from '../base/span';
import { releaseOf } from '../catalog/kubernetes/arguments';

/** The type of an argument; Kubernetes takes `_` for `-` (k8s.io/component-base/cli/flag). */
export function argumentType<Type>(known: ReadonlyMap<string, Type>, name: string): Type | undefined {
  return known.get(name) ?? known.get(name.replaceAll('_', '-'));
}

/** What is said of a name that no argument of the component has. `place.text` is what stands there, the name in it. */
export function unknownArgumentFinding(
  component: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
  place: { readonly span: Span; readonly text: string },
): Finding {
  const { span, text } = place;
  const meant = nearest(name, known.keys());
  if (meant === undefined)
    return {
      span,
      message: say(
        '{0} of v{1} has no argument "{2}" and does not start with it',
        component,
        releaseOf(component),
        name,
      ),
      fixes: [],
    };
  return {
    span,
    message: say(
      '{0} of v{1} has no argument "{2}"; did you mean "{3}"?',
      component,
      releaseOf(component),
      name,
      meant,
    ),
    fixes: [
      {
        title: say('Change to {0}', meant),
        edits: [{ span, newText: text.replace(name, meant) }],
        confidence: 'review',
      },
    ],
  };
}

/** Why the component does not read `text` as the value of its argument; `wholeNumber` is what counts as one here. */
export function argumentValueProblem(
  { component, name, type, text }: Readonly<Record<'component' | 'name' | 'type' | 'text', string>>,
  wholeNumber: RegExp,
): Message | undefined {
  if (type === 'bool' && !/^(?:1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/.test(text))
    return say('"{0}" of {1} takes true or false', name, component);
  if (type === 'int' && !wholeNumber.test(text)) return say('"{0}" of {1} takes a whole number', name, component);
  if (type === 'duration' && parseGoDuration(text) === undefined)
    return say('"{0}" of {1} takes a duration such as 30s or 5m', name, component);
  return undefined;
}
