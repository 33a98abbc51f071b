import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { analyseKeepalived, KeepalivedAnalysis } from '../../src/model/keepalived/analysis';
import type { diagnoseKeepalived } from '../../src/rules/keepalived/diagnose';
import type { matrixOf } from '../../src/service/simulate';
import { bundled } from './bundled';
import type { Bench } from './main';

interface Core {
  readonly analyseKeepalived: typeof analyseKeepalived;
  readonly diagnoseKeepalived: typeof diagnoseKeepalived;
  readonly matrixOf: typeof matrixOf;
}

const contents = `
  export { analyseKeepalived } from './src/model/keepalived/analysis';
  export { diagnoseKeepalived } from './src/rules/keepalived/diagnose';
  export { matrixOf } from './src/service/simulate';`;

/** A configuration of about `lines` lines in which no two instances are alike. */
export function keepalivedConfig(lines: number): string {
  const text = [
    'global_defs {',
    '    router_id lb1',
    '    enable_script_security',
    '    script_user root',
    '}',
    'vrrp_script chk_haproxy {',
    '    script "/usr/bin/killall -0 haproxy"',
    '    interval 2',
    '    weight -20',
    '}',
  ];
  const instances = Math.max(1, Math.floor((lines - text.length) / 20));
  for (let i = 0; i < instances; i++) {
    // An interface has 255 router ids, so every 200 instances use another one.
    const net = `10.${(i >> 8) & 255}.${i & 255}`;
    text.push(
      `vrrp_instance VI_${i} {`,
      `    # service ${i}`,
      '    state BACKUP',
      `    interface eth${Math.floor(i / 200)}`,
      `    virtual_router_id ${1 + (i % 200)}`,
      `    priority ${100 + (i % 100)}`,
      '    advert_int 1',
      '    authentication {',
      '        auth_type PASS',
      `        auth_pass pw${i}`,
      '    }',
      '    virtual_ipaddress {',
      `        ${net}.10/24 dev eth${Math.floor(i / 200)}`,
      `        ${net}.11/24`,
      '    }',
      '    track_script {',
      '        chk_haproxy',
      '    }',
      '}',
      '',
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

const version = [2, 2, 7];
/** What `keepalived -t` takes on the machine of the project, for where it is not installed or may make no network. */
const known: Readonly<Record<number, number>> = { 1000: 9, 10000: 20, 24000: 33, 100000: 108 };

/** The wall time of the program in a network namespace that has the interfaces of the file; undefined if it cannot be run. */
function programTime(file: string, interfaces: number): number | undefined {
  const script = `
    for i in $(seq 0 "$2"); do ip link add "eth$i" type bridge && ip link set "eth$i" up; done
    for i in 1 2 3 4 5; do a=$(date +%s%N); keepalived -t -f "$1" >/dev/null 2>&1; b=$(date +%s%N); echo $((b - a)); done`;
  const run = spawnSync('unshare', ['--net', 'sh', '-c', script, 'sh', file, String(interfaces)], { encoding: 'utf8' });
  const times = run.stdout
    ?.trim()
    .split('\n')
    .map((each) => Number(each) / 1e6)
    .filter((each) => each > 0);
  return run.status !== 0 || times === undefined || times.length === 0 ? undefined : median(times);
}

export const keepalivedBench: Bench = {
  name: 'keepalived',
  run(print) {
    const core = bundled<Core>(contents);
    const folder = mkdtempSync(join(tmpdir(), 'haven-bench-'));
    try {
      for (const lines of [1000, 10_000, 24_000, 100_000]) {
        const text = keepalivedConfig(lines);
        const file = join(folder, 'keepalived.conf');
        writeFileSync(file, text);
        const program = programTime(file, Math.floor(lines / 4000));
        let found = 0;
        const full = timed(9, () => {
          found = core.diagnoseKeepalived(core.analyseKeepalived({ path: file, text, version }), []).length;
        });
        const note =
          program === undefined ? 'keepalived -t cannot be run here' : `keepalived -t takes ${program.toFixed(0)} ms`;
        print(
          `full diagnostics, ${text.split('\n').length - 1} lines (${found} found)`,
          full,
          program ?? known[lines] ?? 0,
          note,
        );
        if (lines >= 24_000) edit(print, core, text, lines);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    matrix(print, core);
  },
};

/** Types a digit into a line in the middle, again and again. */
function edit(print: Parameters<Bench['run']>[0], core: Core, start: string, lines: number): void {
  const { analyseKeepalived, diagnoseKeepalived } = core;
  let text = start;
  let analysis: KeepalivedAnalysis = analyseKeepalived({ path: 'keepalived.conf', text, version });
  diagnoseKeepalived(analysis, []);
  const at = text.indexOf('priority 1', text.length >> 1) + 'priority 1'.length;
  let digit = 0;
  const taken = timed(21, () => {
    digit = (digit + 1) % 10;
    const edits = [{ span: { start: at, end: at + 1 }, newText: String(digit) }];
    text = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
    analysis = analyseKeepalived({ path: 'keepalived.conf', text, version }, { analysis, edits });
    diagnoseKeepalived(analysis, []);
  });
  print(`one-line edit, ${lines} lines`, taken, lines > 50_000 ? 20 : 5, '');
}

/** Five nodes with four checks each. */
function matrix(print: Parameters<Bench['run']>[0], core: Core): void {
  const checks = ['haproxy', 'dns', 'upstream', 'disk'];
  const nodes = [0, 1, 2, 3, 4].map((index) => {
    const definitions = checks.map(
      (name, at) =>
        `vrrp_script chk_${name} {\n  script "/bin/true"\n  interval ${at + 1}\n  fall 2\n  rise 2\n  weight -${60 + at}\n}`,
    );
    const text = `${definitions.join('\n')}\nvrrp_instance API {\n  state BACKUP\n  interface eth0\n  virtual_router_id 51\n  priority ${150 - 10 * index}\n  virtual_ipaddress {\n    10.0.0.100/24\n  }\n  track_script {\n${checks.map((name) => `    chk_${name}`).join('\n')}\n  }\n}\n`;
    return { name: `lb${index + 1}`, address: `10.0.0.${11 + index}`, files: [{ path: `lb${index + 1}.conf`, text }] };
  });
  let rows = 0;
  const taken = timed(7, () => {
    const found = core.matrixOf({ nodes, moments: [] });
    rows = 'problem' in found ? 0 : found.single.length + found.pairs.length;
  });
  print(`matrix of 5 nodes with 4 checks (${rows} rows)`, taken, 60, '');
}
