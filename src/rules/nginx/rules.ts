import { say } from '../../base/message';
import { nearestName } from '../../base/nearest';
import { isPlaceholder } from '../../model/cluster/located';
import { type NginxAnalysis, portOf, secondsOf } from '../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective } from '../../syntax/nginx/parse-nginx';
import { type Rule, rule } from '../rule';
import { refusedLine } from './refused-line';

/** The API server sends a bookmark on a silent watch about once a minute (kubernetes/kubernetes, watch cache). */
const quietSeconds = 60;

const shortProxyTimeout = rule<NginxAnalysis>({
  id: 'nginx/short-proxy-timeout',
  severity: 'warning',
  summary: '`proxy_timeout` ends watches and logs of the Kubernetes API while they are silent.',

  *check({ servers }) {
    for (const server of servers) {
      const word = server.setting('proxy_timeout')?.args[0];
      const seconds = word === undefined ? undefined : secondsOf(word.text);
      if (!server.isApi || word === undefined || seconds === undefined || seconds >= quietSeconds) continue;
      // The proxy that RKE puts on every node has this value from RKE (rancher/rke-tools, nginx.tmpl).
      const isOfRke =
        word.text === '30' &&
        server.pass?.args[0]?.text === 'kube_apiserver' &&
        server.setting('proxy_connect_timeout')?.args[0]?.text === '2s';
      yield {
        ...(isOfRke ? { severity: 'hint' as const } : {}),
        span: word.span,
        message: say(
          'proxy_timeout {0} cuts watches, logs and exec that are silent for so long; use 10m or more',
          word.text,
        ),
        fixes: [
          { title: say('Change to "{0}"', '10m'), edits: [{ span: word.span, newText: '10m' }], confidence: 'review' },
        ],
      };
    }
  },
});

const unknownUpstream = rule<NginxAnalysis>({
  id: 'nginx/unknown-upstream',
  severity: 'error',
  summary: '`proxy_pass` of a stream server names no upstream of the file and has no port.',

  *check({ servers, upstreamsByName, text, tree }) {
    // An included file may define it, or one that is included beside this one.
    if (/\binclude\s/.test(text) || directivesNamed(tree.directives, 'stream').length === 0) return;
    for (const { pass } of servers) {
      const word = pass?.args[0];
      if (word === undefined || /[$/:]/.test(word.text) || upstreamsByName.has(word.text.toLowerCase())) continue;
      const near = nearestName(word.text.toLowerCase(), upstreamsByName);
      const meant = near === undefined ? undefined : upstreamsByName.get(near)?.args[0];
      yield {
        span: word.span,
        message: say('no upstream is named "{0}"; name one, or an address with a port', word.text),
        ...(meant !== undefined && {
          related: [{ span: meant.span, message: say('defined here') }],
          fixes: [
            {
              title: say('Change to "{0}"', meant.text),
              edits: [{ span: word.span, newText: meant.text }],
              confidence: 'review' as const,
            },
          ],
        }),
      };
    }
  },
});

const oneServer = rule<NginxAnalysis>({
  id: 'nginx/one-server',
  severity: 'hint',
  summary: 'The upstream of the Kubernetes API has one server, so nothing is balanced and nothing fails over.',

  *check({ servers, upstreamsByName }) {
    for (const { pass, isApi } of servers) {
      const upstream = upstreamsByName.get(pass?.args[0]?.text.toLowerCase() ?? '');
      const name = upstream?.args[0];
      if (!isApi || upstream === undefined || name === undefined) continue;
      const lines = directivesNamed(upstream.block ?? [], 'server').filter(
        (line) => !line.args.some((arg) => arg.text === 'down'),
      );
      if (lines.length === 1)
        yield {
          span: name.span,
          message: say('upstream "{0}" has one server; when it is down, the API is', name.text),
        };
    }
  },
});

const repeatedServer = rule<NginxAnalysis>({
  id: 'nginx/repeated-server',
  severity: 'warning',
  summary: 'An upstream of the Kubernetes API names one server twice, so another one is most likely missing.',

  *check({ upstreams, apiTargets }) {
    for (const upstream of upstreams) {
      if (!apiTargets.has(upstream.args[0]?.text.toLowerCase() ?? '')) continue;
      const seen = new Map<string, NginxDirective>();
      for (const line of directivesNamed(upstream.block ?? [], 'server')) {
        const word = line.args[0];
        if (word === undefined || isPlaceholder(word.text)) continue;
        const first = seen.get(word.text)?.args[0];
        seen.set(word.text, seen.get(word.text) ?? line);
        if (first !== undefined)
          yield {
            span: word.span,
            message: say('"{0}" stands in this upstream already; another server may be missing', word.text),
            related: [{ span: first.span, message: say('the first one is here') }],
          };
      }
    }
  },
});

const neverTakenOut = rule<NginxAnalysis>({
  id: 'nginx/never-taken-out',
  severity: 'warning',
  summary: '`max_fails=0` keeps sending to a server of the API that does not answer.',

  *check({ upstreams, apiTargets }) {
    for (const upstream of upstreams) {
      if (!apiTargets.has(upstream.args[0]?.text.toLowerCase() ?? '')) continue;
      for (const line of directivesNamed(upstream.block ?? [], 'server')) {
        const word = line.args.find((arg) => arg.text === 'max_fails=0');
        if (word !== undefined)
          yield {
            span: word.span,
            message: say(
              'max_fails=0 turns off what nginx has of a health check: a dead server keeps its share of requests',
            ),
          };
      }
    }
  },
});

const slowConnect = rule<NginxAnalysis>({
  id: 'nginx/slow-connect',
  severity: 'hint',
  summary: 'Without a short `proxy_connect_timeout` a request to a dead server of the API waits for a minute or more.',

  *check({ servers }) {
    for (const server of servers) {
      const listen = server.listens[0]?.args[0];
      if (!server.isApi || listen === undefined || portOf(listen.text) === undefined) continue;
      const set = server.setting('proxy_connect_timeout')?.args[0];
      if (server.pass === undefined || (secondsOf(set?.text ?? '60s') ?? 0) < 60) continue;
      yield {
        span: set?.span ?? server.pass.name.span,
        message:
          set === undefined
            ? say(
                'proxy_connect_timeout is 60s unless set: a request to a server without power waits that long; set 3s',
              )
            : say('a request to a server without power waits {0} before the next one is asked; set 3s', set.text),
      };
    }
  },
});

const noEvents = rule<NginxAnalysis>({
  id: 'nginx/no-events',
  severity: 'warning',
  summary: '`nginx.conf` has no `events`, and nginx does not start without.',
  absence: true,

  *check({ path, tree }) {
    // Another name is that of a file that the main one includes.
    if (!/(?:^|[/\\])nginx\.conf$/.test(path) || tree.problems.length > 0) return;
    const [stream] = directivesNamed(tree.directives, 'stream');
    if (stream === undefined || tree.directives.some(({ name }) => /^(?:events|include)$|[{}<$%]/.test(name.text)))
      return;
    const { start } = stream.name.span;
    yield {
      span: stream.name.span,
      message: say('nginx does not start without "events": "events {}" is missing in this file'),
      fixes: [
        {
          title: say('Insert "{0}"', 'events {}'),
          edits: [{ span: { start, end: start }, newText: 'events {}\n\n' }],
          confidence: 'review',
        },
      ],
    };
  },
});

/** The rules over the reading of one nginx configuration. */
export const nginxChecks: readonly Rule<NginxAnalysis>[] = [
  refusedLine,
  shortProxyTimeout,
  unknownUpstream,
  oneServer,
  repeatedServer,
  neverTakenOut,
  slowConnect,
  noEvents,
];
