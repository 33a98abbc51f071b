import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { type NginxAnalysis, secondsOf } from '../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective, type NginxWord } from '../../syntax/nginx/parse-nginx';
import { rule } from '../rule';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Directives of stream that take one word: a time, on or off, or anything. */
const times = words('proxy_timeout proxy_connect_timeout proxy_next_upstream_timeout preread_timeout');
const switches = words(
  'proxy_protocol ssl_preread tcp_nodelay proxy_next_upstream proxy_socket_keepalive proxy_ssl proxy_half_close',
);
const single = words('proxy_pass proxy_next_upstream_tries');

/** What else may stand in stream and its blocks, of nginx itself; modules bring more (nginx.org/en/docs/stream). */
const others = words(
  'server upstream listen zone state least_conn least_time random hash resolver resolver_timeout include allow deny access_log error_log log_format limit_conn limit_conn_zone map geo split_clients set return pass proxy_bind proxy_buffer_size proxy_download_rate proxy_upload_rate proxy_requests proxy_responses variables_hash_max_size',
);
const known: ReadonlySet<string> = new Set([...times, ...switches, ...single, ...others]);

/** Directives that only http has: in stream every release of nginx refuses them. */
const ofHttp = words(
  'location proxy_set_header proxy_read_timeout proxy_send_timeout proxy_http_version proxy_redirect proxy_buffering add_header root index try_files rewrite keepalive keepalive_timeout ip_hash client_max_body_size gzip sendfile tcp_nopush default_type',
);

/** Whether a line brings nothing in that stands elsewhere. */
function isPlain({ name }: NginxDirective): boolean {
  return known.has(name.text) && !/^(?:include|state|zone)$/.test(name.text);
}

/** Blocks whose lines are values and no directives. */
const ofValues = words('map geo split_clients');

/** What a script or a reader fills in, or nginx itself when it runs. */
const isOpen = (text: string): boolean => /[$<>{}%]/.test(text);

const counts = /^(?:weight=[1-9]\d*|max_conns=\d+|max_fails=\d+)$/;
const plainParameters = words('backup down resolve');

function parameterFits(text: string): boolean {
  const time = /^(?:fail_timeout|slow_start)=(.*)$/.exec(text)?.[1];
  return (
    counts.test(text) ||
    plainParameters.has(text) ||
    text.startsWith('service=') ||
    (time !== undefined && secondsOf(time) !== undefined)
  );
}

/** Why nginx refuses the address of a server in an upstream, or one that proxy_pass names. */
function* addressProblem(word: NginxWord, wantsPort: boolean): Iterable<Finding> {
  const { text, span } = word;
  if (isOpen(text) || text.startsWith('unix:')) return;
  const scheme = /^[a-z]+:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    yield {
      span,
      message: say('stream passes connections on and takes no address with "{0}"', scheme),
      fixes: [
        {
          title: say('Change to "{0}"', text.slice(scheme.length).replace(/\/.*$/, '')),
          edits: [{ span, newText: text.slice(scheme.length).replace(/\/.*$/, '') }],
          confidence: 'review',
        },
      ],
    };
    return;
  }
  const port = /^(?:\[[^\]]*\]|[^:[\]]*):(\d*)$/.exec(text)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
    yield { span, message: say('the port of "{0}" is none from 1 to 65535', text) };
  else if (wantsPort && /^(?:[\w.-]+|\[[^\]]*\])$/.test(text))
    yield { span, message: say('"{0}" has no port, and stream has none that is usual', text) };
}

/** The first word of a directive that begins a line and is the name of another one: a semicolon is missing before it. */
function swallowed(text: string, { name, args }: NginxDirective): readonly [NginxWord, NginxWord] | undefined {
  for (const [index, arg] of args.entries()) {
    const before = args[index - 1] ?? name;
    const between = text.slice(before.span.end, arg.span.start);
    if (between.includes('\n') && (known.has(arg.text) || ofHttp.has(arg.text))) return [before, arg];
  }
  return undefined;
}

function* problemsOf(text: string, directive: NginxDirective, isOuter: boolean): Iterable<Finding> {
  const { name, args, block } = directive;
  if (ofHttp.has(name.text)) {
    yield { span: name.span, message: say('"{0}" is a directive of http, and nginx refuses it in stream', name.text) };
    return;
  }
  const strange = /[\u00a0\u200b\u3000\ufeff\v\f]/.exec(name.text);
  if (strange !== null) {
    const start = name.span.start + strange.index;
    yield {
      span: { start, end: start + 1 },
      message: say('this looks like a space, and nginx reads it as a letter of the directive'),
      fixes: [
        {
          title: say('Put a space there'),
          edits: [{ span: { start, end: start + 1 }, newText: ' ' }],
          confidence: 'safe',
        },
      ],
    };
    return;
  }
  if (!known.has(name.text)) {
    const meant = /^\w+:?$/.test(name.text) ? nearest(name.text.replace(/:$/, ''), known) : undefined;
    // A name with its capitals or a colon is one that `nearest` finds no other for.
    const same = name.text.replace(/:$/, '').toLowerCase();
    const instead = known.has(same) ? same : meant;
    // `ssl_` and `js_` have many names of their own, and names of modules may be near one of nginx.
    if (instead === undefined || (instead !== same && Math.abs(instead.length - name.text.length) > 1)) return;
    yield {
      span: name.span,
      message: say('nginx has no directive "{0}"; did you mean "{1}"?', name.text, instead),
      fixes: [
        {
          title: say('Change to "{0}"', instead),
          edits: [{ span: name.span, newText: instead }],
          confidence: 'review',
        },
      ],
    };
    return;
  }
  const lost = swallowed(text, directive);
  if (lost !== undefined) {
    const [before, next] = lost;
    if (isOuter && block === undefined && (name.text === 'server' || name.text === 'upstream')) {
      yield {
        span: before.span,
        message: say('a "{" is missing behind this'),
        fixes: [
          {
            title: say('Insert "{"'),
            edits: [{ span: { start: before.span.end, end: before.span.end }, newText: ' {' }],
            confidence: 'safe',
          },
        ],
      };
      return;
    }
    yield {
      span: next.span,
      message: say('a ";" is missing before "{0}": nginx reads it as a word of "{1}"', next.text, name.text),
      fixes: [
        {
          title: say('Insert ";"'),
          edits: [{ span: { start: before.span.end, end: before.span.end }, newText: ';' }],
          confidence: 'safe',
        },
      ],
    };
    return;
  }
  if (block !== undefined) return;
  const takesOne = times.has(name.text) || switches.has(name.text) || single.has(name.text);
  const [word, second] = args;
  if (takesOne && (word === undefined || second !== undefined)) {
    yield { span: second?.span ?? name.span, message: say('"{0}" takes one word', name.text) };
    return;
  }
  if (word === undefined || isOpen(word.text)) return;
  // A month and a year are too long for what is counted in milliseconds.
  if (times.has(name.text) && (secondsOf(word.text.replaceAll(' ', '')) === undefined || /[My]/.test(word.text)))
    yield { span: word.span, message: say('"{0}" takes a time such as 10s, 5m or 1h', name.text) };
  if (switches.has(name.text) && !/^(?:on|off)$/i.test(word.text))
    yield { span: word.span, message: say('"{0}" takes on or off', name.text) };
  if (name.text === 'listen') {
    const port = /^(?:[^:]*:|\[[^\]]*\]:)?(\d+)$/.exec(word.text)?.[1];
    if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
      yield { span: word.span, message: say('the port of "{0}" is none from 1 to 65535', word.text) };
    const wrong = args.slice(1).find((each) => /^(?:tcp|http2|quic|spdy)$/.test(each.text));
    if (wrong !== undefined)
      yield { span: wrong.span, message: say('"listen" of stream knows no word "{0}"', wrong.text) };
  }
}

export const refusedLine = rule<NginxAnalysis>({
  id: 'nginx/refused-line',
  severity: 'error',
  summary: 'A line in `stream` that nginx refuses; it does not start or reload.',

  *check({ text, upstreams, upstreamsByName, streams, tree }) {
    // Part of a file that goes on elsewhere lacks nothing.
    const isWhole = tree.problems.length === 0;
    for (const http of directivesNamed(tree.directives, 'http'))
      for (const { name } of directivesNamed(http.block ?? [], 'stream'))
        yield { span: name.span, message: say('"stream" stands beside http and not in it') };
    for (const stream of streams) {
      for (const each of stream) yield* problemsOf(text, each, true);
      for (const { name, block = [] } of stream) {
        if (ofValues.has(name.text)) continue;
        const seen = new Map<string, NginxDirective>();
        for (const each of block) {
          yield* problemsOf(text, each, false);
          const first = seen.get(each.name.text)?.name;
          seen.set(each.name.text, each);
          const isOnce = times.has(each.name.text) || each.name.text === 'proxy_pass';
          if (isOnce && first !== undefined)
            yield {
              span: each.name.span,
              message: say('"{0}" stands twice in this server', each.name.text),
              related: [{ span: first.span, message: say('the first one is here') }],
            };
        }
        if (name.text === 'server' && block.length > 0 && !seen.has('listen') && isWhole && block.every(isPlain))
          yield { span: name.span, message: say('this server listens nowhere: "listen" is missing') };
      }
    }
    for (const { name } of directivesNamed(tree.directives, 'stream').slice(1))
      yield { span: name.span, message: say('"{0}" stands twice, and nginx takes one', name.text) };
    const names = new Set<string>();
    for (const { name, args, span, block = [] } of upstreams) {
      const own = args[0];
      if (args.length !== 1) yield { span: (args[1] ?? name).span, message: say('"{0}" takes one word', name.text) };
      if (own !== undefined && !isOpen(own.text)) {
        if (names.has(own.text.toLowerCase()))
          yield { span: own.span, message: say('an upstream "{0}" stands above already', own.text) };
        names.add(own.text.toLowerCase());
      }
      const lines = directivesNamed(block, 'server');
      // A comment in place of the servers asks the reader to write them.
      if (lines.length === 0 && isWhole && block.every(isPlain) && !text.slice(span.start, span.end).includes('#'))
        yield { span: (own ?? name).span, message: say('this upstream has no servers') };
      for (const line of lines) {
        if (swallowed(text, line) !== undefined) continue;
        const [address, ...parameters] = line.args;
        if (address === undefined) {
          yield { span: line.name.span, message: say('"{0}" takes an address with a port', line.name.text) };
          continue;
        }
        yield* addressProblem(address, !parameters.some((each) => each.text.startsWith('service=')));
        for (const { span, text: parameter } of parameters)
          if (!isOpen(parameter) && !parameterFits(parameter))
            yield { span, message: say('nginx knows no "{0}" behind a server of stream', parameter) };
      }
    }
    for (const { name, block = [] } of streams.flat()) {
      if (name.text !== 'server') continue;
      for (const { args } of directivesNamed(block, 'proxy_pass')) {
        const word = args[0];
        if (word === undefined || args.length > 1) continue;
        const upstream = word.text.replace(/:\d+$/, '');
        if (upstream !== word.text && upstreamsByName.has(upstream.toLowerCase()))
          yield {
            span: word.span,
            message: say('"{0}" is an upstream, and its servers have the ports', upstream),
            fixes: [
              {
                title: say('Change to "{0}"', upstream),
                edits: [{ span: word.span, newText: upstream }],
                confidence: 'review',
              },
            ],
          };
        else yield* addressProblem(word, false);
      }
    }
  },
});
