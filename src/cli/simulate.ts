import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseVersion } from '../base/version';
import { kindOf, matrixOf, parseInventory, type SimulatedNode, type SimulationStep, simulateFiles } from '../service';

const usage =
  'usage: haven simulate DIR|haven.yaml [--start NODE,NODE…] [EVENT…] [--matrix] [--keepalived-version V] [--format text|json]\n' +
  'events: fail:NODE stop:NODE start:NODE fail:NODE:CHECK hang:NODE:CHECK ok:NODE:CHECK set:NODE:FILE=VALUE cut:A-B heal:A-B; + joins those of one moment\n';

/** `haven simulate`: who holds each virtual address after each event. Exit code 0, or 2 when it could not run. */
export async function simulateCommand(args: readonly string[]): Promise<number> {
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
    process.stderr.write(usage);
    return 2;
  }
  const nodes = await nodesIn(place);
  if (nodes.length === 0) {
    process.stderr.write(
      `haven simulate: no keepalived file in ${place}; expected one *.conf for each node, or an inventory that names them\n`,
    );
    return 2;
  }
  const version = parseVersion(values['keepalived-version'] ?? '');
  const request = {
    nodes,
    moments,
    ...(version !== undefined && { version }),
    ...(values.start !== undefined && { start: values.start.split(',') }),
  };
  const json = values.format === 'json';
  if (values.matrix) {
    const matrix = matrixOf(request);
    if ('problem' in matrix) return refuse(matrix.problem);
    if (json) print({ version: 1, ...matrix });
    else {
      for (const row of [...matrix.single, ...matrix.pairs]) {
        const flaws = row.flaws.map((each) => `  ${each.vip} ${each.flaw}`).join('');
        const who = row.vips.map(
          (each) =>
            `${each.vip} → ${outcomes(each.after)}${each.seconds === null ? '' : ` in ${each.seconds.join('–')} s`}`,
        );
        process.stdout.write(
          `${flaws === '' ? 'ok  ' : 'BAD '} ${row.events.join(' + ')}: ${who.join(', ')}${flaws}\n`,
        );
      }
    }
    return 0;
  }
  const answer = simulateFiles(request);
  if ('problem' in answer) return refuse(answer.problem);
  const { start, steps } = answer.simulation;
  if (json) {
    print({ version: 1, start, steps: steps.map((step, i) => ({ events: answer.moments[i] ?? [], ...step })) });
  } else {
    process.stdout.write(`start\n${textOf(start)}`);
    for (const [i, step] of steps.entries()) process.stdout.write(`${answer.moments[i]?.join(' + ')}\n${textOf(step)}`);
  }
  return 0;
}

/** The nodes of an inventory with their keepalived files, or one node for each keepalived file of a folder. */
async function nodesIn(place: string): Promise<SimulatedNode[]> {
  if (!(await stat(place)).isDirectory()) return fromInventory(place);
  const names = (await readdir(place)).filter((name) => name.endsWith('.conf')).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(place, name), 'utf8') })),
  );
  return files
    .filter(({ name, text }) => kindOf(name, text) === 'keepalived' || /^\s*vrrp_instance\b/m.test(text))
    .map(({ name, text }) => ({ name: basename(name, '.conf'), files: [{ path: name, text }] }));
}

async function fromInventory(path: string): Promise<SimulatedNode[]> {
  const nodes: SimulatedNode[] = [];
  for (const cluster of parseInventory(await readFile(path, 'utf8')).clusters) {
    for (const node of cluster.nodes) {
      const files: { readonly path: string; readonly text: string }[] = [];
      for (const config of cluster.configs) {
        if (!config.on.includes(node.name)) continue;
        const text = await readFile(resolve(dirname(path), config.file), 'utf8');
        if (kindOf(config.file, text) === 'keepalived') files.push({ path: config.file, text });
      }
      if (files.length > 0) nodes.push({ name: node.name, address: node.address, files });
    }
  }
  return nodes;
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

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function refuse(problem: string): number {
  process.stderr.write(`haven simulate: ${problem}\n`);
  return 2;
}
