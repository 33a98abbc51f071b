import { isDnsSubdomain, isWildcardName } from '../../base/dns-name';
import { parseSloppyIp, splitHostPort } from '../../base/go-address';
import { parseGoDuration } from '../../base/go-duration';
import { type Message, say } from '../../base/message';
import { withoutTrailing } from '../../base/trailing';
import { compareVersions, type Version } from '../../base/version';
import { elementOf, type SchemaField } from '../../catalog/kubeadm/fields';

/** What is wrong with a value, and what was probably meant. */
interface ValueProblem {
  readonly message: Message;
  readonly instead?: string;
}

interface Context {
  readonly release: Version | undefined;
  readonly key: string | number | undefined;
}

/**
 * Why kubeadm refuses a text of the right type, by the checks of kubernetes/kubernetes
 * cmd/kubeadm/app/apis/kubeadm/validation/validation.go and of the defaults before it; undefined if it does not.
 */
export function valueProblem(field: SchemaField, text: string, context: Context): ValueProblem | undefined {
  const name = field.field;
  const { base } = elementOf(field.type);
  if (base === 'duration' || base === 'delay')
    return parseGoDuration(text) === undefined
      ? { message: say('"{0}" is not a duration such as 30s, 5m or 1h30m; days and weeks are not known', text) }
      : undefined;
  if (base === 'quantity')
    return quantity.test(text) ? undefined : { message: say('"{0}" takes an amount such as 1, 500m or 1Mi', name) };
  // An empty text is the default of a field, and no word of a list.
  if (field.values !== undefined && (text !== '' || typeof context.key === 'number') && !field.values.includes(text)) {
    const alike = field.values.find((each) => each.toLowerCase() === text.toLowerCase());
    return {
      message: say('"{0}" is none of the words that "{1}" takes: {2}', text, name, field.values.join(', ')),
      ...(alike === undefined ? {} : { instead: alike }),
    };
  }
  const check = field.format === undefined ? undefined : checks[field.format];
  return check?.(text, name, context);
}

/** A release as semver.org has it: numbers and parts of a pre-release have no zero in front, and `_` stands nowhere. */
const release =
  /^v?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*)?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

/** An amount of something (k8s.io/apimachinery pkg/api/resource). */
const quantity = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

type Check = (text: string, name: string, context: Context) => ValueProblem | undefined;

const onlyIf = (wrong: boolean, make: () => ValueProblem): ValueProblem | undefined => (wrong ? make() : undefined);

const checks: Readonly<Record<string, Check>> = {
  endpoint(text) {
    if (text === '') return undefined;
    const split = splitHostPort(text);
    const { host, port } = split ?? { host: text, port: '' };
    const hostFits = parseSloppyIp(host) !== undefined || isDnsSubdomain(host);
    if (hostFits && (port === '' || isPort(port))) return undefined;
    const bare = text
      .replace(/^[a-z]+:\/\//i, '')
      .replace(/[/?#][\s\S]*$/, '')
      .toLowerCase();
    return {
      message: say('"{0}" is not host:port as in lb.example.com:6443: no scheme, no path, lower case', text),
      ...(bare !== text && checks.endpoint?.(bare, '', { release: undefined, key: undefined }) === undefined
        ? { instead: bare }
        : {}),
    };
  },
  'host-port': (text, name) =>
    onlyIf(splitHostPort(text) === undefined, () => {
      const bare = text.replace(/^[a-z]+:\/\//i, '').replace(/\/[\s\S]*$/, '');
      return {
        message: say('"{0}" wants host:port as in lb.example.com:6443', name),
        ...(bare !== text && splitHostPort(bare) !== undefined ? { instead: bare } : {}),
      };
    }),
  san: (text, name) => sanProblem(text, name, true),
  'lower-san': (text, name) => sanProblem(text, name, false),
  address: (text, name) =>
    onlyIf(text !== '' && parseSloppyIp(text) === undefined, () => {
      const bare = text
        .replace(/^\[(.*)\](?::\d+)?$/, '$1')
        .replace(/\/\d+$/, '')
        .replace(/^([\d.]+):\d+$/, '$1');
      return {
        message: say('"{0}" wants one IP address, without port or mask', name),
        ...(bare !== text && parseSloppyIp(bare) !== undefined ? { instead: bare } : {}),
      };
    }),
  port: (text, name) =>
    onlyIf(Number(text) < 0 || Number(text) > 65535, () => ({
      message: say('"{0}" wants a port from 1 to 65535', name),
    })),
  'node-name': (text) =>
    onlyIf(text.trim() !== '' && !isDnsSubdomain(text.trim().toLowerCase()), () => ({
      message: say('"{0}" cannot be the name of a node: letters, digits, "-" and "." only', text),
    })),
  'dns-name': (text) =>
    onlyIf(text !== '' && !isDnsSubdomain(text), () => ({
      message: say('"{0}" is not a DNS name in lower case such as cluster.local', text),
    })),
  'absolute-path': (text, name) =>
    onlyIf(text !== '' && !text.startsWith('/'), () => ({
      message: say('"{0}" wants a path that begins with "/"', name),
    })),
  'ca-path': (text) =>
    onlyIf(text !== '' && !(text.startsWith('/') && text.endsWith('.crt')), () => ({
      message: say('the path of the CA certificate begins with "/" and ends with ".crt"'),
    })),
  'cri-socket': (text) =>
    onlyIf(
      /^unix/.test(text) && (!/^unix:/.test(text) || /%(?![\da-fA-F]{2})|[\u0000-\u001f\u007f]/.test(text)),
      () => ({
        message: say('"{0}" is not the address of a socket such as unix:///var/run/containerd/containerd.sock', text),
        ...(/^unix\//.test(text) ? { instead: text.replace(/^unix\/+/, 'unix:///') } : {}),
      }),
    ),
  token: (text, name) =>
    // That of the kubelet's certificate is that of the discovery unless it has a value of its own.
    onlyIf((text !== '' || name !== 'tlsBootstrapToken') && !/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(text), () => ({
      message: say(
        'a token is six characters, a dot and sixteen characters of a-z and 0-9; make one with "kubeadm token generate"',
      ),
    })),
  'token-group': (text) =>
    onlyIf(!/^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(text), () => ({
      message: say('the groups of a token begin with "system:bootstrappers:"'),
    })),
  'certificate-key': (text) =>
    onlyIf(text !== '' && !/^[0-9a-fA-F]{64}$/.test(text), () => ({
      message: say(
        'a certificate key is 64 hex digits, and this has {0} characters; make one with "kubeadm certs certificate-key"',
        text.length,
      ),
    })),
  'kubernetes-version'(text) {
    if (text === '') return undefined;
    const label = text.replace(/^(?:release|ci)\//, '');
    if (release.test(label) || /^(?:latest|stable)+(?:-[1-9](?:\.[1-9]\d?)?)?$/.test(label)) return undefined;
    const trimmed = text.trim().replace(/^V/, 'v');
    return {
      message: say('"{0}" is neither a release such as v1.34.1, all three numbers, nor stable or latest', text),
      ...(release.test(trimmed) ? { instead: trimmed } : {}),
    };
  },
  'image-repository': (text) =>
    onlyIf(text !== '' && !repository.test(text), () => ({
      message: say(
        '"{0}" is not a repository such as registry.example.com/k8s: no scheme, no tag, path in lower case',
        text,
      ),
      ...(repository.test(withoutTrailing(text.replace(/^https?:\/\//, ''), /\//))
        ? { instead: withoutTrailing(text.replace(/^https?:\/\//, ''), /\//) }
        : {}),
    })),
  'feature-gate'(_text, _name, { key, release }) {
    const gate = String(key ?? '');
    if (knownGates.includes(gate)) return undefined;
    const last = formerGates[gate];
    if (last !== undefined && release !== undefined && compareVersions(release.slice(0, 2), [1, last]) <= 0)
      return undefined;
    return {
      message:
        last === undefined
          ? say('kubeadm has no feature gate "{0}"; those of Kubernetes stand in the arguments of its components', gate)
          : say('the feature gate "{0}" is gone: what it turned on is always on', gate),
    };
  },
  kubeconfig: (text) =>
    onlyIf(text === '' || (/^[a-z][a-z0-9+.-]*:/i.test(text) && !/^(?:https|file):/i.test(text)), () => ({
      message: say('"kubeConfigPath" wants a file of this machine or an https address'),
    })),
  time: (text, name) =>
    onlyIf(!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text), () => ({
      message: say('"{0}" takes a time such as 2030-01-31T12:00:00Z', name),
    })),
  'argument-name': (text) => onlyIf(text === '', () => ({ message: say('the argument has no name') })),
  'non-empty': (text, name) => onlyIf(text.trim() === '', () => ({ message: say('"{0}" is empty', name) })),
  'ca-hash': (text) =>
    onlyIf(!/^sha256:[0-9a-fA-F]{64}$/.test(text), () => ({
      message: say('a hash is "sha256:" and 64 hex digits; join refuses this one'),
    })),
};

const domain =
  /(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::\d+)?/
    .source;
const component = /[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/.source;
/** A registry and a path as github.com/distribution/reference reads them with `/name:tag` behind. */
const repository = new RegExp(`^(?:${domain}|(?:${domain}/)?${component}(?:/${component})*)$`);

/** Feature gates of kubeadm v1.34 (cmd/kubeadm/app/features/features.go). */
export const knownGates: readonly string[] = [
  'ControlPlaneKubeletLocalMode',
  'NodeLocalCRISocket',
  'PublicKeysECDSA',
  'RootlessControlPlane',
  'WaitForAllControlPlaneComponents',
];

/** Gates of older releases, with the last minor release that may know them. */
const formerGates: Readonly<Record<string, number>> = {
  EtcdLearnerMode: 33,
  UpgradeAddonsBeforeControlPlane: 33,
  UpgradeAndReplicaSets: 30,
  UnversionedKubeletConfigMap: 25,
  IPv6DualStack: 24,
};

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
}

function sanProblem(text: string, name: string, lowers: boolean): ValueProblem | undefined {
  const fits = (san: string) => {
    const lower = lowers ? san.toLowerCase() : san;
    return isDnsSubdomain(lower) || isWildcardName(lower) || parseSloppyIp(san) !== undefined;
  };
  if (fits(text)) return undefined;
  const bare = text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/\/.*$/, '')
    .replace(/^([^:]+):\d+$/, '$1')
    .replace(/\.$/, '');
  const instead = fits(bare) ? bare : fits(bare.toLowerCase()) ? bare.toLowerCase() : undefined;
  if (text === '') return { message: say('"{0}" has an empty entry', name) };
  return {
    message: say(
      '"{0}" is neither a host name nor an IP address; no scheme, port or mask belongs in a certificate',
      text,
    ),
    ...(instead === undefined || instead === text ? {} : { instead }),
  };
}
