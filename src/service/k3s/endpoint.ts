import type { Span } from '../../base/span';
import type { Completion } from '../language';
import { codeSpan } from '../markdown';

interface Product {
  readonly name: string;
  /** The parameters behind `?` that matter to k3s, each with its words. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
}

const postgres: Product = {
  name: 'PostgreSQL',
  parameters: {
    sslmode: ['verify-full', 'verify-ca', 'require', 'prefer', 'allow', 'disable'],
    connect_timeout: ['10'],
    target_session_attrs: ['read-write', 'primary', 'any'],
  },
};

/** The datastores that k3s knows by the scheme of their address (k3s-io/kine pkg/drivers). */
const products: Readonly<Record<string, Product>> = {
  mysql: {
    name: 'MySQL, MariaDB',
    parameters: { tls: ['true', 'skip-verify', 'preferred', 'false'], timeout: ['30s'], readTimeout: ['30s'] },
  },
  postgres,
  postgresql: postgres,
  nats: {
    name: 'NATS',
    parameters: {
      bucket: ['kine'],
      replicas: ['1', '3', '5'],
      revHistory: ['10'],
      slowMethod: ['500ms'],
      credsFile: [],
      contextFile: [],
      noEmbed: [],
    },
  },
  http: { name: 'etcd', parameters: {} },
  https: { name: 'etcd', parameters: {} },
  sqlite: {
    name: 'SQLite',
    parameters: {
      _journal: ['WAL'],
      cache: ['shared'],
      _busy_timeout: ['30000'],
      _txlock: ['immediate'],
    },
  },
};

/** What a datastore's address says without its user and password: `PostgreSQL: db:5432, k3s`. */
export function describeEndpoint(text: string): string | undefined {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  const product = products[scheme];
  if (product === undefined) return undefined;
  const plain = rest.replace(/\?[^/]*$/, '');
  if (scheme === 'sqlite') return plain === '' ? product.name : `${product.name}: ${codeSpan(plain)}`;
  const host = plain.replace(/^.*@/s, '').replace(/^tcp\((.*)\)/, '$1');
  if (product.name === 'etcd') {
    const hosts = text.split(',').map((each) => each.replace(/^\s*https?:\/\/(?:.*@)?|\/+\s*$/g, ''));
    return `${product.name}: ${hosts
      .filter((each) => each !== '')
      .map(codeSpan)
      .join(', ')}`;
  }
  const slash = host.lastIndexOf('/');
  const parts = (slash < 0 ? [host] : [host.slice(0, slash), host.slice(slash + 1)]).filter((each) => each !== '');
  return parts.length === 0 ? product.name : `${product.name}: ${parts.map(codeSpan).join(', ')}`;
}

/** Parameters behind `?` and `&`, and their words behind `=`. */
export function completeEndpoint(word: string, end: number): readonly Completion[] {
  const [, scheme = '', typed] = /^([a-z]+):\/\/.*[?&]([^?&]*)$/s.exec(word) ?? [];
  const parameters = products[scheme]?.parameters;
  if (parameters === undefined || typed === undefined) return [];
  const equals = typed.indexOf('=');
  const offer = (label: string, newText: string, span: Span, order: number): Completion => ({
    label,
    kind: 'value',
    span,
    newText,
    order,
  });
  if (equals < 0) {
    const span = { start: end - typed.length, end };
    return Object.keys(parameters).map((name, order) => offer(name, `${name}=`, span, order));
  }
  const span = { start: end - (typed.length - equals - 1), end };
  return (parameters[typed.slice(0, equals)] ?? []).map((label, order) => offer(label, label, span, order));
}
