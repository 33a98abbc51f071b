import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { putBackStep } from '../../src/ops/commands/put-back';
import type { Plan, Step } from '../../src/ops/plan';
import { renderRunbook } from '../../src/ops/render-runbook';

const sh = (script: string, ...args: (string | { output: string })[]) =>
  ({ argv: ['sh', '-c', script, 'sh', ...args], root: true, timeoutSec: 20 }) as const;

describe('a runbook', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-runbook-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Pastes the blocks of a document into a shell, as an operator would. */
  function paste(markdown: string, from: string, to: string, env: Record<string, string> = {}): string {
    const [, part = ''] = markdown.split(from);
    const [chosen = ''] = part.split(to);
    const blocks = [...chosen.matchAll(/```sh\n(.*?)```/gs)].map((each) => each[1] ?? '');
    assert.ok(blocks.length > 0);
    return execFileSync('sh', { input: blocks.join('\n'), env: { ...process.env, ...env }, encoding: 'utf8' });
  }

  const planIn = (at: string): Plan => {
    const config = join(at, "it's app.conf");
    const keep = join(at, 'kept', 'app.conf');
    const isThere = (path: string) =>
      ({ host: 'cp1', command: sh('cat "$1"', path), yesWhen: { stdoutMatches: '^\\d+$' }, withinSec: 2 }) as const;
    const steps: Step[] = [
      {
        id: 'make',
        host: 'cp1',
        title: say('{0}', 'Make it'),
        risk: 'change',
        run: sh('echo run >>"$1.log"; echo 42 >"$1"; echo "$(whoami)"', join(at, 'made')),
        capture: 'who-am',
        done: isThere(join(at, 'made')),
        undo: [
          {
            id: 'unmake',
            host: 'cp1',
            title: say('{0}', 'Remove it'),
            risk: 'change',
            run: { argv: ['rm', '-f', '--', join(at, 'made')], root: true, timeoutSec: 20 },
            done: {
              host: 'cp1',
              command: { argv: ['test', '-e', join(at, 'made')], root: true, timeoutSec: 20 },
              yesWhen: { code: 1 },
              withinSec: 0,
            },
          },
        ],
      },
      {
        id: 'write',
        host: 'cp1',
        title: say('{0}', 'Write it'),
        risk: 'change',
        upload: {
          content: { text: ["$HOME 'quoted' `x`\nuser ", { output: 'who-am' }, '\ntoken ', { secret: 'token' }] },
          path: config,
          mode: '0640',
          root: true,
          keep,
        },
        undo: [putBackStep({ host: 'cp1', path: config, keep })],
      },
      {
        id: 'use',
        host: 'cp1',
        title: say('{0}', 'Use the secret'),
        risk: 'change',
        run: { ...sh('cat >"$1"', join(at, 'got')), secretStdin: 'token' },
        done: {
          host: 'cp1',
          command: sh('wc -c <"$1"', join(at, 'got')),
          yesWhen: { all: [{ code: 0 }, { stdoutHas: '7' }, { stdoutLacks: 'x' }] },
          withinSec: 1,
        },
      },
    ];
    return {
      operation: 'test',
      cluster: 'prod',
      title: say('{0}', 'A plan'),
      blockers: [],
      warnings: [],
      steps,
      wayBack: [],
      destructive: false,
    };
  };

  test('does by hand what the plan does, twice without harm, and back', () => {
    const at = mkdtempSync(join(folder, 'plan-'));
    const runbook = renderRunbook(planIn(at), render);
    const secret = { haven_token: 'hunter2' };
    const said = paste(runbook, '# A plan', '## The way back', secret);
    assert.equal(said.match(/DONE: go on/g)?.length, 3, said);
    const me = execFileSync('whoami', { encoding: 'utf8' }).trim();
    const config = join(at, "it's app.conf");
    assert.equal(readFileSync(config, 'utf8'), `$HOME 'quoted' \`x\`\nuser ${me}\ntoken hunter2`);
    assert.equal(statSync(config).mode & 0o777, 0o640);
    assert.equal(readFileSync(join(at, 'got'), 'utf8'), 'hunter2');

    const again = paste(runbook, '# A plan', '## The way back', { ...secret, haven_who_am: me });
    assert.equal(again.match(/done already/g)?.length, 3, again);
    assert.equal(readFileSync(join(at, 'made.log'), 'utf8'), 'run\n');

    paste(runbook, '## The way back', '\u0000');
    assert.ok(!existsSync(config) && !existsSync(join(at, 'made')));
  });

  test('says so when a step is not done', () => {
    const plan = planIn(mkdtempSync(join(folder, 'plan-')));
    const [first] = plan.steps;
    assert.ok(first !== undefined && 'run' in first);
    const broken = { ...plan, steps: [{ ...first, run: sh('true') }] };
    assert.match(paste(renderRunbook(broken, render), '# A plan', '## The way back'), /NOT DONE: stop here/);
  });

  test('holds no secret, and asks for it where the shell does not know it', () => {
    const runbook = renderRunbook(planIn('/tmp'), render);
    assert.match(runbook, /stty -echo; read -r haven_token/);
  });
});
