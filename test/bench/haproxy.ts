import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { analyseHaproxy } from '../../src/model/haproxy/analysis';
import type { diagnoseHaproxy } from '../../src/rules/haproxy/diagnose';
import { bundled } from './bundled';
import type { Bench, Print } from './main';

/** A configuration of about `lines` lines in which no two backends are alike. */
export function haproxyConfig(lines: number): string {
  const text = [
    'global',
    '    log 127.0.0.1 local0',
    '    maxconn 4096',
    'defaults',
    '    log global',
    '    mode http',
    '    option httplog',
    '    timeout connect 5s',
    '    timeout client 30s',
    '    timeout server 30s',
    'frontend www',
    '    bind 127.0.0.1:8080',
  ];
  const backends = Math.max(1, Math.floor((lines - 13) / 12));
  for (let i = 0; i < backends; i++) {
    text.push(`    acl host_${i} hdr(host) -i app${i}.example.com`, `    use_backend app_${i} if host_${i}`);
  }
  text.push('    default_backend app_0');
  for (let i = 0; i < backends; i++) {
    const net = `10.${(i >> 8) & 255}.${i & 255}`;
    text.push(
      `backend app_${i}`,
      '    balance roundrobin',
      `    # application ${i}`,
      '    option httpchk GET /healthz',
      `    http-request set-header X-App ${i}`,
      '    http-check expect status 200',
      '',
      `    server a${i} ${net}.1:80 check inter 2s fall 3 rise 2`,
      `    server b${i} ${net}.2:80 check inter 2s fall 3 rise 2`,
      `    server c${i} ${net}.3:80 check backup`,
    );
  }
  return `${text.join('\n')}\n`;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function timed(times: number, work: () => void): number {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    work();
    taken.push(performance.now() - start);
  }
  return median(taken);
}

const version = [2, 6];

interface Core {
  readonly analyseHaproxy: typeof analyseHaproxy;
  readonly diagnoseHaproxy: typeof diagnoseHaproxy;
}

const contents = `
  export { analyseHaproxy } from './src/model/haproxy/analysis';
  export { diagnoseHaproxy } from './src/rules/haproxy/diagnose';`;

export const haproxyBench: Bench = {
  name: 'haproxy',
  run(print) {
    const folder = mkdtempSync(join(tmpdir(), 'haven-bench-'));
    try {
      const core = bundled<Core>(contents);
      for (const lines of [1000, 10_000, 24_000, 100_000]) {
        const text = haproxyConfig(lines);
        const file = join(folder, 'haproxy.cfg');
        writeFileSync(file, text);
        const ours: number[] = [];
        const theirs: number[] = [];
        let found = 0;
        // One after the other, so that what else the machine does slows both down.
        for (let i = 0; i < 9; i++) {
          theirs.push(timed(1, () => spawnSync('haproxy', ['-c', '-f', file])));
          ours.push(
            timed(1, () => {
              found = core.diagnoseHaproxy(core.analyseHaproxy({ path: file, text, version }), []).length;
            }),
          );
        }
        const program = median(theirs);
        print(
          `full diagnostics, ${text.split('\n').length - 1} lines (${found} found)`,
          median(ours),
          program / 2,
          `haproxy -c takes ${program.toFixed(0)} ms`,
        );
        if (lines >= 24_000) {
          edit(print, core, text, lines, 'one-line edit', () => ({ shift: 1, newText: String(++typed % 10) }));
          edit(print, core, text, lines, 'line insert', () => ({ shift: 0, newText: `${++typed}` }));
        }
        memory(print, core, text, lines);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

let typed = 0;

/** Edits a line in the middle, again and again: a digit of a port, or a server more below it. */
function edit(
  print: Print,
  core: Core,
  start: string,
  lines: number,
  what: string,
  next: () => { readonly shift: number; readonly newText: string },
): void {
  let text = start;
  let analysis = core.analyseHaproxy({ path: 'haproxy.cfg', text, version });
  core.diagnoseHaproxy(analysis, []);
  const digit = text.indexOf(':80 check', text.length >> 1) + 2;
  const taken = timed(21, () => {
    const { shift, newText: made } = next();
    const from = shift === 0 ? text.indexOf('\n', digit) + 1 : digit;
    const newText = shift === 0 ? `    server new${made} 10.9.8.7:80 check\n` : made;
    const edits = [{ span: { start: from, end: from + shift }, newText }];
    text = text.slice(0, from) + newText + text.slice(from + shift);
    analysis = core.analyseHaproxy({ path: 'haproxy.cfg', text, version }, { analysis, edits });
    core.diagnoseHaproxy(analysis, []);
  });
  print(`${what}, ${lines} lines`, taken, lines > 50_000 ? 20 : 5, '');
}

/** Says what an analysed file keeps, where the collector can be asked to run first (`--expose-gc`). */
function memory(print: Print, core: Core, text: string, lines: number): void {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) return;
  collect();
  const before = process.memoryUsage().heapUsed;
  const analysis = core.analyseHaproxy({ path: 'haproxy.cfg', text, version });
  const found = core.diagnoseHaproxy(analysis, []);
  collect();
  const kept = (process.memoryUsage().heapUsed - before) / 1e6;
  const note = `${found.length} found, ${Math.round((kept * 1e6) / analysis.document.lines.length)} bytes a line`;
  print(`memory of an analysed file, ${lines} lines`, kept, 0.001 * lines, note, 'MB');
}
