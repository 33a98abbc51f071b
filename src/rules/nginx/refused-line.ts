import { ipFamily } from '../../base/address';
import type { Finding } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  listenWords,
  type NginxValue,
  notOfUdp,
  type StreamDirective,
  streamDirectives,
  variablesOfHttp,
} from '../../catalog/nginx/stream';
import { isPlaceholder } from '../../model/cluster/located';
import { type NginxAnalysis, secondsOf } from '../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective, type NginxWord } from '../../syntax/nginx/parse-nginx';
import { rule } from '../rule';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const known: ReadonlySet<string> = new Set(streamDirectives.keys());

/** Directives that only http has: in stream every release of nginx refuses them. */
const ofHttp = words(
  'location if proxy_set_header proxy_read_timeout proxy_send_timeout proxy_http_version proxy_redirect proxy_buffering add_header root index try_files rewrite keepalive keepalive_timeout ip_hash client_max_body_size gzip sendfile tcp_nopush default_type',
);

/** Blocks that stand beside `stream`. */
const ofMain = words('events http mail stream');

/** Whether a line brings nothing in that stands elsewhere. */
function isPlain({ name }: NginxDirective): boolean {
  return known.has(name.text) && !/^(?:include|state|zone)$/.test(name.text);
}

const blocks = words('server upstream map geo split_clients');

/** Blocks whose lines are values and no directives. */
const ofValues = words('map geo split_clients');

/** What a server does with a connection. */
const handlers = words('proxy_pass pass return');

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
    (time !== undefined && !time.endsWith('ms') && secondsOf(time) !== undefined)
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
  else if (!isAddress(text)) yield { span, message: say('"{0}" is no address with a port', text) };
}

/** Whether a text can be a host with a port or without one. */
function isAddress(text: string): boolean {
  const [, host, port = ''] = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(text) ?? [];
  if (host === undefined || host === '' || /[/,]/.test(host)) return false;
  if (host.startsWith('[')) return ipFamily(host.slice(1, -1)) === 6;
  // Of a number above 255 nginx makes a name, and none ends in a number. A port in capitals waits for somebody to fill it in.
  const isName = !/^(?:\d+\.){3}\d+$/.test(host) || host.split('.').every((part) => Number(part) < 256);
  return isName && /^(?:\d*|[A-Z_]+)$/.test(port);
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

/** Where a directive stands: the letter of the table and the name of the block. */
type Place = readonly [letter: 'm' | 't' | 's' | 'u', name: string];
const inStream: Place = ['t', 'stream'];

function* problemsOf(text: string, directive: NginxDirective, place: Place): Iterable<Finding> {
  const { name, args, block } = directive;
  if (ofMain.has(name.text)) {
    yield { span: name.span, message: notHere(name, place) };
    return;
  }
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
  const row = streamDirectives.get(name.text);
  if (row === undefined) {
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
    if (place === inStream && block === undefined && (name.text === 'server' || name.text === 'upstream')) {
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
  if (!row.places.includes(place[0])) {
    yield { span: name.span, message: notHere(name, place) };
    return;
  }
  const needsBlock = blocks.has(name.text) && !(name.text === 'server' && place[0] === 'u');
  if (needsBlock !== (block !== undefined)) {
    const span = args.at(-1)?.span ?? name.span;
    yield { span, message: needsBlock ? say('a "{" is missing behind this') : say('"{0}" takes no block', name.text) };
    return;
  }
  if (name.text === 'server') {
    const extra = block === undefined ? undefined : args[0];
    if (extra !== undefined)
      yield { span: extra.span, message: say('"{0}" takes no word before its braces', name.text) };
    return;
  }
  const isFilledIn = args.some((each) => /[<>{}%]/.test(each.text));
  if (!isFilledIn && (args.length < row.least || args.length > row.most)) {
    yield {
      span: args[row.most]?.span ?? name.span,
      message:
        row.least === 1 && row.most === 1
          ? say('"{0}" takes one word', name.text)
          : say('the number of words behind "{0}" is {1} and has to be {2}', name.text, args.length, range(row)),
    };
    return;
  }
  if (block !== undefined) return;
  const [word] = args;
  if (word === undefined) return;
  const wrong = wrongValue(row, name.text, word.text);
  if (wrong !== undefined) yield { span: word.span, message: wrong };
  else if (name.text === 'listen') yield* listenProblems(word, args.slice(1));
  else if (name.text === 'set' && !word.text.startsWith('$'))
    yield { span: word.span, message: say('a variable begins with "$": "${0}"', word.text) };
  else if (place[0] === 'u' && name.text === 'zone') yield* zoneProblems(args);
  else if (name.text === 'resolver') yield* resolverProblems(name, args);
  else if (ofAddresses.has(name.text)) yield* addressRangeProblems(name.text, word);
  const second = args[1];
  if (name.text === 'hash' && second !== undefined && second.text !== 'consistent' && !isOpen(second.text))
    yield { span: second.span, message: say('behind the key of "hash" only "consistent" may stand') };
}

const notHere = (name: NginxWord, [, block]: Place) => say('"{0}" may not stand in {1}', name.text, block);

const range = ({ least, most }: StreamDirective) =>
  most === Infinity ? `${least}+` : least === most ? `${least}` : `${least}–${most}`;

const valueForms: Readonly<Record<Exclude<NginxValue, 'time' | 'seconds'>, RegExp>> = {
  switch: /^(?:on|off)$/i,
  number: /^\d+$/,
  size: /^\d+[kKmM]?$/,
};

/** What is wrong with the one word of a directive. */
function wrongValue({ takes }: StreamDirective, name: string, text: string): Message | undefined {
  if (takes === undefined || isOpen(text)) return undefined;
  if (takes === 'time' || takes === 'seconds') {
    // A month and a year are too long for what is counted in milliseconds.
    const isBad = takes === 'time' ? /[My]/.test(text) : text.endsWith('ms');
    const isTime = secondsOf(text.replaceAll(' ', '')) !== undefined && !isBad;
    return isTime ? undefined : say('"{0}" takes a time such as 10s, 5m or 1h', name);
  }
  if (valueForms[takes].test(text)) return undefined;
  if (takes === 'switch') return say('"{0}" takes on or off', name);
  return takes === 'number'
    ? say('"{0}" takes a number', name)
    : say('"{0}" takes a size such as 512, 16k or 1m', name);
}

/** Eight pages of memory, of 4 KB each (src/core/ngx_stream_upstream_zone_module.c). */
const leastZone = 32;

/** What nginx refuses of the size of a zone; `zonesWithoutSize` tells of those that have none. */
function* zoneProblems([, size]: readonly NginxWord[]): Iterable<Finding> {
  if (size === undefined || isOpen(size.text)) return;
  const { span, text } = size;
  const [, amount, unit = ''] = /^(\d+)([kKmM]?)$/.exec(text) ?? [];
  if (amount === undefined) yield { span, message: say('"{0}" takes a size such as 512, 16k or 1m', 'zone') };
  else if (Number(amount) * (unit === '' ? 1 / 1024 : /k/i.test(unit) ? 1 : 1024) < leastZone)
    yield { span, message: say('a zone has at least {0}', `${leastZone}k`) };
}

/** A zone of which no upstream gives the size, wherever it stands (src/core/ngx_cycle.c); nothing where a file may be missing. */
function* zonesWithoutSize(upstreams: readonly NginxDirective[]): Iterable<Finding> {
  const zones = upstreams.flatMap(({ block = [] }) => directivesNamed(block, 'zone'));
  const sized = new Set(zones.flatMap(({ args: [name, size] }) => (size === undefined ? [] : (name?.text ?? []))));
  for (const { args } of zones) {
    const [name, size] = args;
    if (name === undefined || size !== undefined || isOpen(name.text) || sized.has(name.text)) continue;
    // Nginx tells of one and ends.
    sized.add(name.text);
    yield { span: name.span, message: say('no "zone" of this name has a size, as in "zone {0} 64k"', name.text) };
  }
}

/** What nginx refuses of the servers of DNS and of the words behind them; names are looked up when it starts. */
function* resolverProblems(name: NginxWord, args: readonly NginxWord[]): Iterable<Finding> {
  let servers = 0;
  for (const { text, span } of args) {
    if (isOpen(text) || isPlaceholder(text)) {
      servers++;
      continue;
    }
    const [, key, value = ''] = /^(valid|ipv[46]|status_zone)=(.*)$/.exec(text) ?? [];
    if (key === undefined) servers++;
    if (key === 'valid' && (value.endsWith('ms') || secondsOf(value) === undefined))
      yield { span, message: say('"{0}" takes a time such as 10s, 5m or 1h', 'valid') };
    else if (key?.startsWith('ipv') === true && !/^(?:on|off)$/.test(value))
      yield { span, message: say('"{0}" takes on or off', key) };
    else if (key === undefined && !text.startsWith('unix:') && !isDnsServer(text))
      yield { span, message: say('"{0}" is no server of DNS: an address, in brackets if it is IPv6', text) };
  }
  if (servers === 0) yield { span: name.span, message: say('"{0}" names no server of DNS', name.text) };
}

function isDnsServer(text: string): boolean {
  const port = /:(\d*)$/.exec(text.replace(/^\[[^\]]*\]/, ''))?.[1];
  return isAddress(text) && !text.includes('=') && (port === undefined || (Number(port) >= 1 && Number(port) <= 65535));
}

/** Directives whose word is an address or a network. */
const ofAddresses = words('allow deny set_real_ip_from');

/** What nginx refuses of an address or a network; only `set_real_ip_from` looks names up. */
function* addressRangeProblems(name: string, { text, span }: NginxWord): Iterable<Finding> {
  if (isOpen(text) || isPlaceholder(text) || text === 'unix:') return;
  const takesNames = name === 'set_real_ip_from';
  if (!takesNames && text === 'all') return;
  const [host = '', prefix, ...more] = text.split('/');
  const isIpv4 = /^(?:\d+\.){3}\d+$/.test(host) && host.split('.').every((part) => Number(part) < 256);
  const longest = isIpv4 ? 32 : ipFamily(host) === 6 ? 128 : undefined;
  const fits = longest !== undefined && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= longest));
  if (fits && more.length === 0) return;
  if (takesNames && prefix === undefined && !/^(?:\d+\.){3}\d+$|[:[\],*]/.test(host)) return;
  yield {
    span,
    message: takesNames
      ? say('"{0}" takes an address or a network such as 10.0.0.0/8, and "{1}" is none', name, text)
      : say('"{0}" takes an address, a network such as 10.0.0.0/8, or all, and "{1}" is none', name, text),
  };
}

/** What nginx refuses of an address to listen at and of the words behind it. */
function* listenProblems(word: NginxWord, parameters: readonly NginxWord[]): Iterable<Finding> {
  const { text, span } = word;
  if (!isOpen(text) && !text.startsWith('unix:')) {
    const [, host, port, last] = /^(?:([^:]*|\[[^\]]*\]):)?(\d+)(?:-(\d+))?$/.exec(text) ?? [];
    if (port !== undefined && [port, last ?? port].some((each) => Number(each) < 1 || Number(each) > 65535))
      yield { span, message: say('the port of "{0}" is none from 1 to 65535', text) };
    else if (host === '' || /\//.test(text) || Number(last ?? port) < Number(port))
      yield { span, message: say('"listen" takes no address like "{0}"', text) };
  }
  const isUdp = parameters.some((each) => each.text === 'udp');
  for (const { text: written, span: place } of parameters) {
    if (isOpen(written)) continue;
    const [, key = '', value] = /^([^=]*)(?:=(.*))?$/.exec(written) ?? [];
    const form = listenWords.get(key);
    if (!listenWords.has(key) || (form === undefined) !== (value === undefined))
      yield { span: place, message: say('"listen" of stream knows no word "{0}"', written) };
    else if (form?.test(value ?? '') === false)
      yield { span: place, message: say('"{0}" of "listen" does not take "{1}"', key, value ?? '') };
    else if (isUdp && notOfUdp.has(key) && written !== 'so_keepalive=off')
      yield { span: place, message: say('"{0}" does not go with udp', key) };
  }
}

/** An address to listen at as nginx compares them: without a host all of IPv4. */
function listenKey({ args }: NginxDirective): string | undefined {
  const [word, ...parameters] = args;
  if (word === undefined || isOpen(word.text)) return undefined;
  const host = word.text.replace(/^(?:\*:|0\.0\.0\.0:)?(?=\d+$)/, '*:');
  return `${host} ${parameters.some((each) => each.text === 'udp')}`;
}

const isCertificate = /^ssl_(?:certificate|reject_handshake)$/;

/** What is wrong with a server of `stream` as a whole. */
function* serverProblems(
  { name, block = [] }: NginxDirective,
  stream: readonly NginxDirective[],
  isWhole: boolean,
): Iterable<Finding> {
  const seen = new Map<string, NginxDirective>();
  for (const each of block) {
    const isListen = each.name.text === 'listen';
    const key = isListen ? listenKey(each) : each.name.text;
    if (key === undefined) continue;
    const first = seen.get(key);
    seen.set(key, each);
    const isOnce =
      isListen || streamDirectives.get(key)?.takes !== undefined || key === 'proxy_pass' || key === 'proxy_bind';
    if (!isOnce || first === undefined) continue;
    const again = isListen ? (each.args[0] ?? each.name) : each.name;
    yield {
      span: again.span,
      message: say('"{0}" stands twice in this server', again.text),
      related: [{ span: first.name.span, message: say('the first one is here') }],
    };
  }
  if (!isWhole || !block.every(isPlain)) return;
  const listens = directivesNamed(block, 'listen');
  if (listens.length === 0) yield { span: name.span, message: say('this server listens nowhere: "listen" is missing') };
  else if (!block.some((each) => handlers.has(each.name.text)))
    yield { span: name.span, message: say('this server passes nothing on: "proxy_pass" is missing') };
  const tls = listens.flatMap(({ args }) => args.slice(1)).find((each) => each.text === 'ssl');
  // Another server at the same address may have it (since 1.25.5).
  const all = [...stream, ...stream.flatMap((each) => each.block ?? [])];
  if (tls !== undefined && all.every((each) => isPlain(each) && !isCertificate.test(each.name.text)))
    yield { span: tls.span, message: say('"listen" with ssl needs an "ssl_certificate"') };
}

/** Servers that listen where another one does: before 1.25.5 nginx refuses them, since then a name tells them apart. */
function* sharedListens(stream: readonly NginxDirective[]): Iterable<Finding> {
  const seen = new Map<string, { readonly word: NginxWord; readonly isNamed: boolean }>();
  for (const { block = [] } of directivesNamed(stream, 'server')) {
    const isNamed = block.some((each) => each.name.text === 'server_name' || !isPlain(each));
    const own = new Map<string, NginxWord>();
    for (const each of directivesNamed(block, 'listen')) {
      const key = listenKey(each);
      const [word] = each.args;
      if (key === undefined || word === undefined) continue;
      const first = seen.get(key);
      own.set(key, word);
      if (first !== undefined && !isNamed && !first.isNamed)
        yield {
          severity: 'warning',
          span: word.span,
          message: say('another server listens at "{0}" already, and this one gets no connections', word.text),
          related: [{ span: first.word.span, message: say('the first one is here') }],
        };
    }
    for (const [key, word] of own) seen.set(key, seen.get(key) ?? { word, isNamed });
  }
}

/** Formats of logs that nobody gives, and variables in them that only requests have. */
function* logProblems(stream: readonly NginxDirective[], text: string): Iterable<Finding> {
  if (/\binclude\s/.test(text)) return;
  const formats = new Set(directivesNamed(stream, 'log_format').map(({ args }) => args[0]?.text));
  for (const each of [stream, ...directivesNamed(stream, 'server').map(({ block = [] }) => block)].flat()) {
    const [path, format] = each.args;
    if (path === undefined) continue;
    if (each.name.text === 'access_log' && path.text !== 'off') {
      if (format === undefined)
        yield { span: each.name.span, message: say('"access_log" of stream needs the name of a "log_format" as well') };
      else if (!isOpen(format.text) && !formats.has(format.text))
        yield { span: format.span, message: say('no "log_format" of stream is named "{0}"', format.text) };
    }
    if (each.name.text !== 'log_format') continue;
    for (const part of each.args.slice(1)) {
      const found = variablesOfHttp.exec(part.text);
      const variable = found?.[1];
      if (found === null || variable === undefined || text.split(`$${variable} `).length > 2) continue;
      yield { span: part.span, message: say('stream has no variable "{0}"', `$${variable}`) };
    }
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
    const isMain = directivesNamed(tree.directives, 'stream').length > 0;
    for (const each of isMain ? tree.directives : [])
      if (streamDirectives.get(each.name.text)?.places.includes('m') === false)
        yield { span: each.name.span, message: say('"{0}" has to stand in stream', each.name.text) };
    for (const stream of streams) {
      for (const each of stream) {
        yield* problemsOf(text, each, inStream);
        if (ofValues.has(each.name.text) || each.block === undefined) continue;
        const inner: Place = [each.name.text === 'upstream' ? 'u' : 's', each.name.text];
        for (const line of each.block) yield* problemsOf(text, line, inner);
        // A comment in place of the lines asks the reader to write them.
        const isAsked = each.block.length === 0 && text.slice(each.span.start, each.span.end).includes('#');
        if (each.name.text === 'server') yield* serverProblems(each, stream, isWhole && !isAsked);
      }
      if (isMain && isWhole) yield* logProblems(stream, text);
      yield* sharedListens(stream);
    }
    for (const { name } of directivesNamed(tree.directives, 'stream').slice(1))
      yield { span: name.span, message: say('"{0}" stands twice, and nginx takes one', name.text) };
    if (isMain && isWhole && !/\binclude\s/.test(text)) yield* zonesWithoutSize(upstreams);
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
      const isBackup = (line: NginxDirective) => line.args.some((each) => each.text === 'backup');
      if (lines.length > 0 && lines.every(isBackup) && isWhole && block.every(isPlain))
        yield {
          span: (own ?? name).span,
          message: say('all servers of this upstream are "backup", and nginx wants another'),
        };
      const method = block.findIndex((each) => each.name.text === 'hash' || each.name.text === 'random');
      // A comment in place of the servers asks the reader to write them.
      if (lines.length === 0 && isWhole && block.every(isPlain) && !text.slice(span.start, span.end).includes('#'))
        yield { span: (own ?? name).span, message: say('this upstream has no servers') };
      for (const line of lines) {
        if (swallowed(text, line) !== undefined || line.block !== undefined) continue;
        const [address, ...parameters] = line.args;
        if (address === undefined) {
          yield { span: line.name.span, message: say('"{0}" takes an address with a port', line.name.text) };
          continue;
        }
        yield* addressProblem(address, !parameters.some((each) => each.text.startsWith('service=')));
        for (const { span, text: parameter } of parameters)
          if (parameter === 'backup' && method >= 0 && block.indexOf(line) > method)
            yield { span, message: say('"backup" does not go with "{0}"', block[method]?.name.text ?? '') };
          else if (!isOpen(parameter) && !parameterFits(parameter))
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
