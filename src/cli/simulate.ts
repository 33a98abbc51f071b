import { parseArgs } from 'node:util';
import { padColumns } from '../base/columns';
import { type Message, say } from '../base/message';
import { parseVersion, type Version } from '../base/version';
import {
  type Misunderstanding,
  matrixOf,
  type SimulatedNode,
  type SimulationStep,
  simulateFiles,
  Workspace,
} from '../service';
import { type NodesFound, nodesIn, UnreadablePlace } from './simulated-nodes';
import { err, out } from './terminal';
import { text } from './words';

export const simulateUsage =
  'usage: haven simulate DIR|haven.yaml [--start NODE,NODE…] [EVENT…] [--matrix] [--keepalived-version V] [--format text|json]\n' +
  'events: fail:NODE stop:NODE start:NODE fail:NODE:CHECK hang:NODE:CHECK ok:NODE:CHECK set:NODE:FILE=VALUE cut:A-B heal:A-B; + joins those of one moment\n';

/** Where a command writes: the process's own streams, or what a test collects. */
interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const streams: Output = { out, err };

/** `haven simulate`: who holds each virtual address after each event. Exit code 0, or 2 when it could not run. */
export async function simulateCommand(args: readonly string[], { out, err }: Output = streams): Promise<number> {
  const print = (value: unknown) => out(`${JSON.stringify(value)}\n`);
  const refuse = (problem: Message): number => {
    err(`haven simulate: ${text(problem)}\n`);
    return 2;
  };
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      start: { type: 'string' },
      matrix: { type: 'boolean', default: false },
      format: { type: 'string', default: 'text' },
      'keepalived-version': { type: 'string' },
    },
  });
  const [place, ...moments] = positionals;
  if (place === undefined) {
    err(simulateUsage);
    return 2;
  }
  if (values.format !== 'text' && values.format !== 'json')
    return refuse(say('--format is text or json, not "{0}"', values.format));
  const given = values['keepalived-version'];
  const version = parseVersion(given ?? '');
  if (given !== undefined && version === undefined)
    return refuse(say('--keepalived-version is a number such as 2.2.7, not "{0}"', given));
  let found: NodesFound;
  try {
    found = await nodesIn(place);
  } catch (error) {
    if (!(error instanceof UnreadablePlace)) throw error;
    return refuse(error.said);
  }
  const { nodes, without } = found;
  if (nodes.length === 0) {
    return refuse(
      say('no keepalived file in {0}; expected one *.conf for each node, or an inventory that names them', place),
    );
  }
  // keepalived starts with most of its errors, and so does this; what it makes of them is seldom what was meant.
  for (const each of errorsIn(nodes, version)) err(`haven simulate: ${each}\n`);
  const refuseEvent = ({ problem, event, unknownNode: unknown }: Misunderstanding) => {
    const what = event === undefined ? problem : say('event "{0}": {1}', event, text(problem));
    return refuse(
      unknown !== undefined && without.includes(unknown)
        ? say('{0}; the inventory gives "{1}" no keepalived file', text(what), unknown)
        : what,
    );
  };
  const request = {
    nodes,
    moments,
    ...(version !== undefined && { version }),
    ...(values.start !== undefined && { start: values.start.split(',') }),
  };
  const json = values.format === 'json';
  if (values.matrix) {
    const matrix = matrixOf(request);
    if ('problem' in matrix) return refuseEvent(matrix);
    if (json) print({ version: 1, ...matrix });
    else {
      for (const row of [...matrix.single, ...matrix.pairs]) {
        const bad = row.flaws.map((each) => `  ${each.vip} ${text(flaws[each.flaw])}`).join('');
        const who = row.vips.map(
          (each) =>
            `${each.vip} → ${outcomes(each.after)}${each.seconds === null ? '' : ` ${text(say('in {0} s', each.seconds.join('–')))}`}`,
        );
        out(
          `${padColumns(text(bad === '' ? say('ok') : say('BAD')), 4)} ${row.events.join(' + ')}: ${who.join(', ')}${bad}\n`,
        );
      }
    }
    return 0;
  }
  const answer = simulateFiles(request);
  if ('problem' in answer) return refuseEvent(answer);
  const { start, steps } = answer.simulation;
  if (json) {
    print({ version: 1, start, steps: steps.map((step, i) => ({ events: answer.moments[i] ?? [], ...step })) });
  } else {
    out(`${text(say('start'))}\n${textOf(start)}`);
    for (const [i, step] of steps.entries()) out(`${answer.moments[i]?.join(' + ')}\n${textOf(step)}`);
  }
  return 0;
}

/** The errors of the nodes' files, each once, as `file:line: what is wrong`. */
function errorsIn(nodes: readonly SimulatedNode[], version: Version | undefined): readonly string[] {
  const found = new Set<string>();
  for (const { files } of nodes) {
    const workspace = new Workspace(version === undefined ? {} : { keepalived: version });
    for (const { path, text } of files) workspace.open(path, text, 'keepalived');
    for (const { path, lines } of workspace.files())
      for (const { severity, span, message, path: other = path } of workspace.diagnose(path))
        if (severity === 'error' && other === path)
          found.add(`${path}:${lines.positionAt(span.start).line + 1}: ${text(message)}`);
  }
  return [...found];
}

const flaws = {
  nowhere: say('nobody holds it'),
  'in two places': say('two nodes hold it'),
  'stays on the failed node': say('stays on the broken node'),
} as const;

function textOf(step: SimulationStep): string {
  const lines = step.vips.map((each) => {
    const moved = each.seconds === null ? say('stays') : say('in {0} s', each.seconds.join('–'));
    const gap =
      each.withoutHolder === null || each.withoutHolder[1] === 0
        ? ''
        : text(say(', without holder {0} s', each.withoutHolder.join('–')));
    return `  ${each.vip}: ${outcomes(each.before)} → ${outcomes(each.after)} (${text(moved)}${gap})\n`;
  });
  const fault = step.fault.length === 0 ? '' : `  ${text(say('in FAULT: {0}', step.fault.join(', ')))}\n`;
  return `${lines.join('')}${fault}`;
}

function outcomes(lists: readonly (readonly string[])[]): string {
  return lists.map((each) => (each.length === 0 ? text(say('nobody')) : each.join(' + '))).join(` ${text(say('or'))} `);
}
