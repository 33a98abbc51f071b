import type { Finding } from '../base/finding';
import { parseGoBool } from '../base/go-bool';
import { parseGoDuration } from '../base/go-duration';
import { type Message, say } from '../base/message';
import { nearest } from '../base/nearest';
import type { Span } from '../base/span';
import { argumentWords } from '../catalog/kubernetes/argument-words';
import { isFeatureGate, releaseOf } from '../catalog/kubernetes/arguments';

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
  if (type === 'bool' && parseGoBool(text) === undefined)
    return say('"{0}" of {1} takes true or false', name, component);
  if (type === 'int' && !wholeNumber.test(text)) return say('"{0}" of {1} takes a whole number', name, component);
  if (type === 'duration' && parseGoDuration(text) === undefined)
    return say('"{0}" of {1} takes a duration such as 30s or 5m', name, component);
  if (component === 'etcd') return undefined;
  if (name === 'feature-gates') return gateFormProblem(text);
  const wanted = argumentWords(component, name);
  if (wanted?.isClosed === true) {
    const wrong = text.split(',').find((each) => each !== '' && !wanted.words.includes(each));
    return wrong === undefined
      ? undefined
      : say('"{0}" is none of the words that "{1}" takes: {2}', wrong, name, wanted.words.join(', '));
  }
  return /^(?:enable|disable)-admission-plugins$/.test(name) ? admissionProblem(text) : tlsProblem(name, text);
}

/** Admission plugins that are gone, with the release that took them away; the server does not start with their names. */
const goneAdmission: Readonly<Record<string, string>> = { PodSecurityPolicy: '1.25', SecurityContextDeny: '1.30' };

function admissionProblem(text: string): Message | undefined {
  const gone = text.split(',').find((each) => Object.hasOwn(goneAdmission, each));
  return gone === undefined
    ? undefined
    : say('there is no admission plugin "{0}" from Kubernetes v{1} on', gone, goneAdmission[gone] ?? '');
}

/** `Name=true,Other=false`; the blanks around the parts do not count (k8s.io/component-base/featuregate). */
function gateFormProblem(text: string): Message | undefined {
  const wrong = text.split(',').find((each) => {
    const value = /^[^=]+=(.*)$/s.exec(each)?.[1];
    return each.trim() !== '' && parseGoBool(value?.trim() ?? '') === undefined;
  });
  return wrong === undefined ? undefined : say('"{0}" is not of the form Name=true or Name=false', wrong.trim());
}

/** The first name in `feature-gates` that the table's release does not know. */
export function unknownGateIn(text: string): string | undefined {
  return text
    .split(',')
    .map((part) => part.split('=')[0]?.trim() ?? '')
    .find((gate) => gate !== '' && !isFeatureGate(gate));
}

const tlsVersions = ['VersionTLS10', 'VersionTLS11', 'VersionTLS12', 'VersionTLS13'];

/** Every name that Go and Kubernetes have for a cipher suite (crypto/tls, k8s.io/component-base/cli/flag). */
const cipherSuite =
  /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256|ECDHE_(?:ECDSA|RSA)_WITH_(?:AES_(?:128|256)_CBC_SHA|AES_128_CBC_SHA256|AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305(?:_SHA256)?|RC4_128_SHA)|ECDHE_RSA_WITH_3DES_EDE_CBC_SHA|RSA_WITH_(?:RC4_128_SHA|3DES_EDE_CBC_SHA|AES_(?:128|256)_CBC_SHA|AES_128_CBC_SHA256|AES_128_GCM_SHA256|AES_256_GCM_SHA384))$/;

/** What the components of Kubernetes take for TLS. */
function tlsProblem(name: string, text: string): Message | undefined {
  if (name === 'tls-min-version' && text !== '' && !tlsVersions.includes(text))
    return say('"{0}" takes one of {1}', name, tlsVersions.join(', '));
  if (name !== 'tls-cipher-suites' || text === '') return undefined;
  const unknown = text.split(',').find((each) => !cipherSuite.test(each.trim()));
  return unknown === undefined ? undefined : say('"{0}" is no cipher suite that Kubernetes knows', unknown.trim());
}
