import type { Finding } from '../../../base/finding';
import { say } from '../../../base/message';
import { streamDirectives } from '../../../catalog/nginx/stream';
import type { NginxAnalysis } from '../../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective, type NginxWord } from '../../../syntax/nginx/parse-nginx';
import { addressProblems } from './addresses';
import { isOpen, isPlain, words } from './names';

/** What a server does with a connection. */
const handlers = words('proxy_pass pass return');

const isCertificate = /^ssl_(?:certificate|reject_handshake)$/;

/** What is wrong with a server of `stream` as a whole. */
export function* serverProblems(
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
export function* sharedListens(stream: readonly NginxDirective[]): Iterable<Finding> {
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

/** What nginx refuses of the address that a server passes its connections on to. */
export function* passProblems(
  { block = [] }: NginxDirective,
  upstreamsByName: NginxAnalysis['upstreamsByName'],
): Iterable<Finding> {
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
    else yield* addressProblems(word, false);
  }
}

/** An address to listen at as nginx compares them: without a host all of IPv4. */
function listenKey({ args }: NginxDirective): string | undefined {
  const [word, ...parameters] = args;
  if (word === undefined || isOpen(word.text)) return undefined;
  const host = word.text.replace(/^(?:\*:|0\.0\.0\.0:)?(?=\d+$)/, '*:');
  return `${host} ${parameters.some((each) => each.text === 'udp')}`;
}
