import { stringify } from 'yaml';
import {
  componentKinds,
  componentSchema,
  elementOf,
  type KubeadmVersion,
  kubeadmKinds,
  kubeadmSchema,
  type Schema,
} from '../../src/catalog/kubeadm/fields';
import { fileOfProbe } from './kubeadm-probe';

/** A value of one field, written into the document of its kind. */
interface ValueCase {
  readonly kind: string;
  readonly field: string;
  readonly value: string;
  readonly text: string;
}

/** Values of every form that a field may be given, as they are written in YAML. */
const values: readonly string[] = [
  ...[
    'null',
    '~',
    '""',
    '" "',
    '[]',
    '{}',
    '[a]',
    '{a: b}',
    '[null]',
    '[[]]',
    '[{}]',
    '{a: null}',
    '[1]',
    '[true]',
    '[""]',
  ],
  ...[
    'true',
    'false',
    '"true"',
    'yes',
    'on',
    'True',
    'tRuE',
    '0',
    '1',
    '-1',
    '"1"',
    '1.0',
    '1.5',
    '"1.5"',
    '1e3',
    '0x10',
    '010',
  ],
  ...[
    '65535',
    '65536',
    '6443',
    '"6443"',
    '2147483648',
    '-2147483649',
    '99999999999999999999',
    '1_000',
    '.5',
    '.inf',
    '.nan',
  ],
  ...[
    'a',
    'A',
    'a b',
    'a_b',
    'a.b',
    'a-',
    '-a',
    '"  a  "',
    '"a\\n"',
    'ü',
    '가',
    '😀',
    'a,b',
    '"a: b"',
    '"#"',
    '"*.a.test"',
    'a..b',
  ],
  ...['5m', '5m0s', '"5m"', '1h30m', '0s', '-5m', '10', '1d', '1w', '5 m', '1.5h', '1h1', '9000000h', '"0"'],
  ...['192.0.2.1', '192.0.2.300', 'fd00::1', '"[fd00::1]"', '0.0.0.0', '"::"', '127.0.0.1', '192.0.2.01', '224.0.0.1'],
  ...[
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.3/16',
    '10.0.0.0/33',
    'fd00::/48',
    'fd00::/112',
    '"10.1.0.0/16,fd00::/48"',
    '"10.1.0.0/16, fd00::/48"',
    '10.1.0.0/30',
  ],
  ...[
    'lb.example.test:6443',
    'LB.example.test:6443',
    'lb.example.test',
    '"lb.example.test:"',
    'lb.example.test:0',
    'lb.example.test:65536',
    'https://lb.example.test:6443',
    '"[fd00::1]:6443"',
    '192.0.2.1:6443',
  ],
  ...[
    'v1.34.1',
    '1.34.1',
    'v1.34',
    '1.34',
    'V1.34.1',
    'v1.34.1-rc.1',
    'v1.34.1+k3s1',
    'stable',
    'stable-1.34',
    'latest',
    'v2.0.0',
    'v1.34.01',
  ],
  ...[
    'abcdef.0123456789abcdef',
    'ABCDEF.0123456789abcdef',
    'abcdef',
    '123456.1234567890123456',
    '0123456789abcdef'.repeat(4),
    `"${'1'.repeat(64)}"`,
    '1'.repeat(64),
  ],
  ...[
    '/etc/x',
    'etc/x',
    './x',
    '/etc/../x',
    'https://a.test/x',
    'http://a.test',
    'unix:///run/x.sock',
    '/run/x.sock',
    'tcp://1.2.3.4:1',
    'C:\\x',
  ],
  ...[
    'NoSchedule',
    'noschedule',
    'NoExecute',
    'Always',
    'IfNotPresent',
    'always',
    'RSA-2048',
    'RSA-1024',
    'ECDSA-P256',
    'signing',
    '[signing]',
    '[authentication]',
    '[signing, a]',
  ],
  ...[
    '[lb.example.test, 192.0.2.1]',
    '["https://a"]',
    '[192.0.2.0/24]',
    '["*.a.test"]',
    '[a_b]',
    '[A.test]',
    '[a, a]',
    '["a,b"]',
    '[https://192.0.2.1:2379]',
    '[http://192.0.2.1:2379]',
    '[192.0.2.1:2379]',
  ],
  ...[
    '[{name: v, value: "2"}]',
    '[{name: v, value: 2}]',
    '[{name: v}]',
    '[{value: "2"}]',
    '{v: "2"}',
    '{v: 2}',
    '[{name: "", value: ""}]',
    '[{name: v, value: null}]',
    '[{name: v, value: "2", x: 1}]',
  ],
  ...[
    '[{key: a, effect: NoSchedule}]',
    '[{key: a}]',
    '[{effect: NoSchedule}]',
    '[{key: a, value: b, effect: Wrong}]',
    '[{name: a, hostPath: /a, mountPath: /a}]',
    '[{name: a}]',
    '{EtcdLearnerMode: true}',
    '{RootlessControlPlane: "true"}',
    '{ControlPlaneKubeletLocalMode: false}',
    '{NoSuch: true}',
    '{PublicKeysECDSA: 1}',
  ],
  ...[
    '"2030-01-01T00:00:00Z"',
    '2030-01-01T00:00:00Z',
    '2030-01-01',
    '[all]',
    '[preflight]',
    '[preflight, NoSuch]',
    '{directory: /x}',
    'registry.k8s.io',
    'reg:5000/a',
    'https://reg',
    'a'.repeat(254),
    '"a\\0b"',
    '|\n  a\n  b',
    '>-\n  5m0s',
    '&x a',
    '!!str 1',
    '!!int "1"',
  ],
];

interface Field {
  readonly path: string;
  readonly type: string;
}

/** Every field below a type, lists as `name[]`; a type that holds itself ends after a few steps. */
function* fieldsBelow(schema: Schema, type: string, path: string, depth: number): Iterable<Field> {
  for (const { field, type: own } of schema.fieldsOf(type) ?? []) {
    const here = path === '' ? field : `${path}.${field}`;
    yield { path: here, type: own };
    const { shape, base } = elementOf(own);
    if (shape !== 'map' && depth < 5)
      yield* fieldsBelow(schema, base, shape === 'list' ? `${here}[]` : here, depth + 1);
  }
}

const mark = 'haven value';

/** `each` values for every field of every kind and API version, chosen by the numbers of `random`. */
export function* kubeadmValues(random: () => number, each: number): Iterable<ValueCase> {
  const kinds: (readonly [kind: string, apiVersion: string, schema: Schema])[] = [...kubeadmKinds].flatMap(
    ([kind, versions]) =>
      versions.map((version: KubeadmVersion) => [kind, `kubeadm.k8s.io/${version}`, kubeadmSchema(version)] as const),
  );
  for (const [kind, apiVersion] of componentKinds) kinds.push([kind, apiVersion, componentSchema]);
  for (const [kind, apiVersion, schema] of kinds)
    for (const { path, type } of fieldsBelow(schema, kind, '', 0)) {
      const usual = usualValues(type);
      // validate of v1.34 does not look into these documents.
      if (kind === 'UpgradeConfiguration') continue;
      for (let count = 0; count < each; count++) {
        const from = count === 0 && usual.length > 0 ? usual : values;
        const value = from[Math.floor(random() * from.length)] ?? 'null';
        const probe = stringify(JSON.parse(fileOfProbe({ field: path, kind, apiVersion, value: mark })));
        const indented = value.replaceAll('\n', '\n          ');
        yield {
          kind: `${kind} ${apiVersion.split('/')[1]}`,
          field: path,
          value,
          text: probe.replace(mark, () => indented),
        };
      }
    }
}

/** Values that are right for a type, so that not all of them are refused. */
function usualValues(type: string): readonly string[] {
  const { shape, base } = elementOf(type);
  const one =
    base === 'bool'
      ? ['true', 'false']
      : base === 'int'
        ? ['0', '1', '10', '6443']
        : base === 'duration'
          ? ['5m0s', '1h', '30s']
          : base === 'string'
            ? ['a', '/etc/x', 'a.example.test', '192.0.2.1', '10.1.0.0/16', '"1"']
            : ['{}', 'null'];
  if (shape === 'one') return one;
  return shape === 'list' ? one.map((each) => `[${each}]`) : one.map((each) => `{a: ${each}}`);
}
