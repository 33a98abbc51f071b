import type { Finding } from '../../../base/finding';
import { say } from '../../../base/message';
import { secondsOf } from '../../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective } from '../../../syntax/nginx/parse-nginx';
import { addressProblems } from './addresses';
import { isOpen, isPlain, swallowed, words } from './names';

/** What nginx refuses of the upstreams of a file. A file that is not whole may have the rest elsewhere. */
export function* upstreamProblems(
  upstreams: readonly NginxDirective[],
  text: string,
  isWhole: boolean,
): Iterable<Finding> {
  const names = new Set<string>();
  for (const upstream of upstreams) {
    const { name, args } = upstream;
    const own = args[0];
    if (args.length !== 1) yield { span: (args[1] ?? name).span, message: say('"{0}" takes one word', name.text) };
    if (own !== undefined && !isOpen(own.text)) {
      if (names.has(own.text.toLowerCase()))
        yield { span: own.span, message: say('an upstream "{0}" stands above already', own.text) };
      names.add(own.text.toLowerCase());
    }
    if (isWhole) yield* lackOfServers(upstream, text);
    yield* upstreamServers(upstream, text);
  }
}

/** No server, or none that nginx takes as the first choice. */
function* lackOfServers({ name, args, span, block = [] }: NginxDirective, text: string): Iterable<Finding> {
  if (!block.every(isPlain)) return;
  const lines = directivesNamed(block, 'server');
  const place = (args[0] ?? name).span;
  const isBackup = (line: NginxDirective) => line.args.some((each) => each.text === 'backup');
  if (lines.length > 0 && lines.every(isBackup))
    yield { span: place, message: say('all servers of this upstream are "backup", and nginx wants another') };
  // A comment in place of the servers asks the reader to write them.
  if (lines.length === 0 && !text.slice(span.start, span.end).includes('#'))
    yield { span: place, message: say('this upstream has no servers') };
}

/** The addresses of the servers, and the words behind them. */
function* upstreamServers({ block = [] }: NginxDirective, text: string): Iterable<Finding> {
  const method = block.findIndex((each) => each.name.text === 'hash' || each.name.text === 'random');
  for (const line of directivesNamed(block, 'server')) {
    if (swallowed(text, line) !== undefined || line.block !== undefined) continue;
    const [address, ...parameters] = line.args;
    if (address === undefined) {
      yield { span: line.name.span, message: say('"{0}" takes an address with a port', line.name.text) };
      continue;
    }
    yield* addressProblems(address, !parameters.some((each) => each.text.startsWith('service=')));
    for (const { span, text: parameter } of parameters)
      if (parameter === 'backup' && method >= 0 && block.indexOf(line) > method)
        yield { span, message: say('"backup" does not go with "{0}"', block[method]?.name.text ?? '') };
      else if (!isOpen(parameter) && !parameterFits(parameter))
        yield { span, message: say('nginx knows no "{0}" behind a server of stream', parameter) };
  }
}

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

/** A zone of which no upstream gives the size, wherever it stands (src/core/ngx_cycle.c); nothing where a file may be missing. */
export function* zonesWithoutSize(upstreams: readonly NginxDirective[]): Iterable<Finding> {
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
