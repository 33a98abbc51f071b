import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { streamDirectives } from '../../catalog/nginx/stream';
import type { NginxAnalysis } from '../../model/nginx/analyse-nginx';
import { directivesNamed, type NginxDirective } from '../../syntax/nginx/parse-nginx';
import { rule } from '../rule';
import { directiveProblems, inStream, type Place } from './refused/directives';
import { logProblems } from './refused/logs';
import { words } from './refused/names';
import { passProblems, serverProblems, sharedListens } from './refused/servers';
import { upstreamProblems, zonesWithoutSize } from './refused/upstreams';

/** Blocks whose lines are values and no directives. */
const ofValues = words('map geo split_clients');

export const refusedLine = rule<NginxAnalysis>({
  id: 'nginx/refused-line',
  severity: 'error',
  summary: 'A line in `stream` that nginx refuses; it does not start or reload.',

  *check({ text, upstreams, upstreamsByName, streams, tree }) {
    // Part of a file that goes on elsewhere lacks nothing.
    const isWhole = tree.problems.length === 0;
    const isMain = directivesNamed(tree.directives, 'stream').length > 0;
    yield* outsideStream(tree.directives, isMain);
    for (const stream of streams) {
      for (const each of stream) {
        yield* directiveProblems(text, each, inStream);
        if (ofValues.has(each.name.text) || each.block === undefined) continue;
        const inner: Place = [each.name.text === 'upstream' ? 'u' : 's', each.name.text];
        for (const line of each.block) yield* directiveProblems(text, line, inner);
        // A comment in place of the lines asks the reader to write them.
        const isAsked = each.block.length === 0 && text.slice(each.span.start, each.span.end).includes('#');
        if (each.name.text === 'server') yield* serverProblems(each, stream, isWhole && !isAsked);
      }
      if (isMain && isWhole) yield* logProblems(stream, text);
      yield* sharedListens(stream);
    }
    if (isMain && isWhole && !/\binclude\s/.test(text)) yield* zonesWithoutSize(upstreams);
    yield* upstreamProblems(upstreams, text, isWhole);
    for (const server of directivesNamed(streams.flat(), 'server')) yield* passProblems(server, upstreamsByName);
  },
});

/** Blocks and directives of stream that stand where nginx does not take them. */
function* outsideStream(directives: readonly NginxDirective[], isMain: boolean): Iterable<Finding> {
  for (const http of directivesNamed(directives, 'http'))
    for (const { name } of directivesNamed(http.block ?? [], 'stream'))
      yield { span: name.span, message: say('"stream" stands beside http and not in it') };
  for (const each of isMain ? directives : [])
    if (streamDirectives.get(each.name.text)?.places.includes('m') === false)
      yield { span: each.name.span, message: say('"{0}" has to stand in stream', each.name.text) };
  for (const { name } of directivesNamed(directives, 'stream').slice(1))
    yield { span: name.span, message: say('"{0}" stands twice, and nginx takes one', name.text) };
}
