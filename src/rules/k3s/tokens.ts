import { say } from '../../base/message';
import {
  has,
  isDropIn,
  isOn,
  type K3sAnalysis,
  type K3sValue,
  settingOf,
  valueFor,
  valuesFor,
} from '../../model/k3s/analysis';
import { rule } from '../rule';

const tokenKeys = ['token', 'agent-token'] as const;

/** `K10`, the hash of the cluster's CA, and user and password or a token of one's own (k3s-io/k3s pkg/clientaccess/token.go). */
const secureToken = /^K10[0-9a-fA-F]{64}::(?:[^:\s]+:.+|[a-z0-9]{6}\.[a-z0-9]{16})$/;
const bootstrapToken = /^(?:K10[0-9a-fA-F]{64}::)?[a-z0-9]{6}\.[a-z0-9]{16}$/;

function tokensOf(analysis: K3sAnalysis): readonly { readonly key: string; readonly value: K3sValue }[] {
  return tokenKeys.flatMap((key) => {
    const value = valuesFor(analysis, key).at(-1);
    return value === undefined || value.open || value.type === 'nested' ? [] : [{ key, value }];
  });
}

export const changedToken = rule<K3sAnalysis>({
  id: 'k3s/changed-token',
  severity: 'warning',
  summary: 'Without quotes YAML reads the token as a number or a truth value, and k3s gets another text.',

  *check(analysis) {
    for (const { key, value } of tokensOf(analysis)) {
      if (value.quoted || value.type === 'null' || value.text === value.written) continue;
      yield {
        span: value.span,
        message: say('without quotes this is not text to YAML, and k3s gets another "{0}" than the one written', key),
        fixes: [
          {
            title: say('Put the token in quotes'),
            edits: [{ span: value.span, newText: `"${value.written}"` }],
            confidence: 'review',
          },
        ],
      };
    }
  },
});

export const tokenForm = rule<K3sAnalysis>({
  id: 'k3s/token-form',
  severity: 'error',
  summary: 'The token has a form that k3s refuses.',

  *check(analysis) {
    const { role } = analysis;
    const isServer = role === 'server' || isOn(analysis, 'cluster-init') || has(analysis, 'datastore-endpoint');
    for (const { key, value } of tokensOf(analysis)) {
      const { text, span } = value;
      if (text.startsWith('K10') && text.includes('::') && !secureToken.test(text)) {
        yield {
          span,
          message: say(
            'a token that begins with K10 goes on with 64 hex digits, "::" and the rest; copy it again from server/token',
          ),
        };
      } else if (key === 'token' && isServer && bootstrapToken.test(text)) {
        yield { span, message: say('a token of the form id.secret is for agents; a server wants the server token') };
      } else if (key === 'token' && isServer && /^K10[0-9a-fA-F]{64}::node:/.test(text)) {
        yield {
          span,
          message: say('this is the token of agents ("::node:"); a server wants the one with "::server:"'),
        };
      }
    }
  },
});

export const tokenOfAnotherCluster = rule<K3sAnalysis>({
  id: 'k3s/token-of-another-cluster',
  severity: 'warning',
  summary: 'A new cluster gets a new CA, so the hash inside a full token cannot be its own.',

  *check(analysis) {
    if (!isOn(analysis, 'cluster-init')) return;
    const value = valueFor(analysis, 'token');
    if (value === undefined || !secureToken.test(value.text) || has(analysis, 'server')) return;
    yield {
      span: value.span,
      message: say(
        'the server that begins a cluster takes only the password of a K10 token; give it the part behind the last ":"',
      ),
    };
  },
});

const samples =
  /^(?:my|your|the|a|k3s|some|test|sample|example|shared|cluster|secret|super|strong|node|change|me|it|this|pass|word|token|key|12345\d*|123|[-_. ])+$/i;

export const weakToken = rule<K3sAnalysis>({
  id: 'k3s/weak-token',
  severity: 'warning',
  summary: 'The token is short or a sample, and whoever guesses it has the cluster.',

  *check(analysis) {
    for (const { key, value } of tokensOf(analysis)) {
      const secret = value.text.replace(/^K10[0-9a-fA-F]{64}::(?:[^:]*:)?/, '');
      if (secret === '' || value.text.startsWith('K10')) continue;
      if (secret.length < 16)
        yield {
          span: value.span,
          message: say(
            '"{0}" has {1} characters; whoever guesses it controls the cluster, use 16 or more',
            key,
            secret.length,
          ),
        };
      else if (samples.test(secret))
        yield { span: value.span, message: say('"{0}" is made of sample words; use a random text', key) };
    }
  },
});

export const twoTokens = rule<K3sAnalysis>({
  id: 'k3s/two-tokens',
  severity: 'warning',
  summary: 'With a token and a token file the file wins.',

  *check(analysis) {
    for (const key of tokenKeys) {
      const value = valueFor(analysis, key);
      const file = valueFor(analysis, `${key}-file`);
      if (value === undefined || file === undefined) continue;
      yield {
        span: value.span,
        message: say('"{0}" is set too and wins; this value is never used', `${key}-file`),
        related: [{ span: file.span, message: say('this one counts') }],
        tag: 'unnecessary',
      };
    }
  },
});

export const joinWithoutToken = rule<K3sAnalysis>({
  id: 'k3s/join-without-token',
  severity: 'info',
  summary: 'Without a token a server begins a cluster of its own instead of joining, and an agent does not start.',
  absence: true,

  *check(analysis) {
    const { role, path } = analysis;
    const server = valueFor(analysis, 'server');
    const token = has(analysis, 'token') || has(analysis, 'token-file') || has(analysis, 't');
    if (server === undefined || token || isDropIn(path)) return;
    yield {
      span: server.span,
      ...(role === 'agent' ? { severity: 'warning' } : {}),
      message:
        role === 'agent'
          ? say('no token is set here; without K3S_TOKEN in its environment the agent does not start')
          : say(
              'no token is set here; without K3S_TOKEN in its environment a server begins a cluster of its own, an agent does not start',
            ),
    };
  },
});

export const agentWithoutServer = rule<K3sAnalysis>({
  id: 'k3s/agent-without-server',
  severity: 'warning',
  summary: 'An agent needs the address of a server.',
  absence: true,

  *check(analysis) {
    const { role, path, entries } = analysis;
    const first = entries[0];
    const own = settingOf(analysis, 'server');
    if (role === 'agent' && own !== undefined && own.values.every(({ text }) => text === '')) {
      yield {
        span: own.entry.keySpan,
        message: say('"{0}" has no value; give it one or take the line away', 'server'),
      };
      return;
    }
    if (role !== 'agent' || isDropIn(path) || has(analysis, 'server') || first === undefined) return;
    yield {
      span: first.keySpan,
      message: say('no "server" is set here; without K3S_URL in its environment the agent does not start'),
    };
  },
});
