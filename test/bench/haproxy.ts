import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyseHaproxy } from '../../src/model/haproxy/analysis';
import { diagnoseHaproxy } from '../../src/rules/haproxy/diagnose';
import type { Bench } from './main';

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

export const haproxyBench: Bench = {
  name: 'haproxy',
  run(print) {
    const folder = mkdtempSync(join(tmpdir(), 'haven-bench-'));
    try {
      for (const lines of [1000, 10_000, 24_000, 100_000]) {
        const text = haproxyConfig(lines);
        const file = join(folder, 'haproxy.cfg');
        writeFileSync(file, text);
        const program = timed(5, () => spawnSync('haproxy', ['-c', '-f', file]));
        let found = 0;
        const full = timed(7, () => {
          found = diagnoseHaproxy(analyseHaproxy({ path: file, text, version }), []).length;
        });
        print(
          `full diagnostics, ${text.split('\n').length - 1} lines (${found} found)`,
          full,
          program / 2,
          `haproxy -c takes ${program.toFixed(0)} ms`,
        );
        if (lines >= 24_000) edit(print, text, lines);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Types a digit into a line in the middle, again and again. */
function edit(print: Parameters<Bench['run']>[0], start: string, lines: number): void {
  let text = start;
  let analysis = analyseHaproxy({ path: 'haproxy.cfg', text, version });
  diagnoseHaproxy(analysis, []);
  const before = text.indexOf(':80 check', text.length >> 1);
  const taken = timed(21, () => {
    const edits = [
      { span: { start: before, end: before }, newText: '' },
      { span: { start: before - 1, end: before }, newText: '7' },
    ].slice(1);
    text = `${text.slice(0, before - 1)}7${text.slice(before)}`;
    analysis = analyseHaproxy({ path: 'haproxy.cfg', text, version }, { analysis, edits });
    diagnoseHaproxy(analysis, []);
  });
  print(`one-line edit, ${lines} lines`, taken, lines > 50_000 ? 20 : 5, '');
}
