import { parseArgs } from 'node:util';
import { render } from '../base/message';
import { parseVersion, type Version } from '../base/version';
import {
  type Misunderstanding,
  matrixOf,
  type SimulatedNode,
  type SimulationStep,
  simulateFiles,
  Workspace,
} from '../service';
import { type NodesFound, nodesIn } from './simulated-nodes';
import { err, out } from './terminal';

export const simulateUsage =
  'usage: haven simulate DIR|haven.yaml [--start NODE,NODE…] [EVENT…] [--matrix] [--keepalived-version V] [--format text|json]\n' +
  'events: fail:NODE stop:NODE start:NODE fail:NODE:CHECK hang:NODE:CHECK ok:NODE:CHECK set:NODE:FILE=VALUE cut:A-B heal:A-B; + joins those of one moment\n';

/** Where a command writes: the process's own streams, or what a test collects. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const streams: Output = { out, err };

/** `haven simulate`: who holds each virtual address after each event. Exit code 0, or 2 when it could not run. */
export async function simulateCommand(args: readonly string[], { out, err }: Output = streams): Promise<number> {
  const print = (value: unknown) => out(`${JSON.stringify(value)}\n`);
  const refuse = (problem: string): number => {
    err(`haven simulate: ${problem}\n`);
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
    return refuse(`--format is text or json, not "${values.format}"`);
  const given = values['keepalived-version'];
  const version = parseVersion(given ?? '');
  if (given !== undefined && version === undefined)
    return refuse(`--keepalived-version is a number such as 2.2.7, not "${given}"`);
  let found: NodesFound;
  try {
    found = await nodesIn(place);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { nodes, without } = found;
  if (nodes.length === 0) {
    err(
      `haven simulate: no keepalived file in ${place}; expected one *.conf for each node, or an inventory that names them\n`,
    );
    return 2;
  }
  // keepalived starts with most of its errors, and so does this; what it makes of them is seldom what was meant.
  for (const each of errorsIn(nodes, version)) err(`haven simulate: ${each}\n`);
  const refuseEvent = ({ problem, unknownNode: unknown }: Misunderstanding) =>
    refuse(
      unknown !== undefined && without.includes(unknown)
        ? `${problem}; the inventory gives "${unknown}" no keepalived file`
        : problem,
    );
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
        const flaws = row.flaws.map((each) => `  ${each.vip} ${each.flaw}`).join('');
        const who = row.vips.map(
          (each) =>
            `${each.vip} → ${outcomes(each.after)}${each.seconds === null ? '' : ` in ${each.seconds.join('–')} s`}`,
        );
        out(`${flaws === '' ? 'ok  ' : 'BAD '} ${row.events.join(' + ')}: ${who.join(', ')}${flaws}\n`);
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
    out(`start\n${textOf(start)}`);
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
          found.add(`${path}:${lines.positionAt(span.start).line + 1}: ${render(message)}`);
  }
  return [...found];
}

function textOf(step: SimulationStep): string {
  const lines = step.vips.map((each) => {
    const moved = each.seconds === null ? 'stays' : `in ${each.seconds.join('–')} s`;
    const gap =
      each.withoutHolder === null || each.withoutHolder[1] === 0
        ? ''
        : `, without holder ${each.withoutHolder.join('–')} s`;
    return `  ${each.vip}: ${outcomes(each.before)} → ${outcomes(each.after)} (${moved}${gap})\n`;
  });
  return `${lines.join('')}${step.fault.length === 0 ? '' : `  in FAULT: ${step.fault.join(', ')}\n`}`;
}

function outcomes(lists: readonly (readonly string[])[]): string {
  return lists.map((each) => (each.length === 0 ? 'nobody' : each.join(' and '))).join(' or ');
}
