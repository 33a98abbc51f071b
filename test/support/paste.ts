import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { render } from '../../src/base/message';
import { secretsOf } from '../../src/ops/check-plan';
import type { Plan } from '../../src/ops/plan';
import { renderRunbook } from '../../src/ops/render-runbook';
import type { Transport } from '../../src/run/transport';
import type { Scene } from './kill-points';

/** What stands in a runbook, in its order: a block to paste, or a file to bring first. */
type Act =
  | { readonly kind: 'block'; readonly host: string; readonly text: string }
  | { readonly kind: 'bring'; readonly host: string; readonly from: string; readonly to: string };

function actsOf(markdown: string): Act[] {
  const acts: Act[] = [];
  const parts = /```sh\n# (.*)\n([\s\S]*?)\n```|^Bring (\S+) to (\S+), as (\S+), first\.$/gm;
  for (const [, host, text, from, to, draft] of markdown.matchAll(parts)) {
    if (host !== undefined && text !== undefined) acts.push({ kind: 'block', host, text });
    else if (from !== undefined && to !== undefined && draft !== undefined)
      acts.push({ kind: 'bring', host: to, from, to: draft });
  }
  return acts;
}

/**
 * An operator who has the runbook and no Haven: a root shell on each machine, into which the blocks are pasted one after
 * another. What a block prints under a name is typed into the next shell where the document says that it is needed.
 */
export class Operator {
  private readonly known = new Map<string, string>();

  constructor(private readonly scene: Pick<Scene, 'connect' | 'plan' | 'deps'>) {
    const secrets = scene.deps?.secrets;
    for (const name of secretsOf(scene.plan)) this.known.set(variable(name), secrets?.get(name)?.reveal() ?? '');
  }

  async goesForth(): Promise<void> {
    await this.pastes(this.document().split('## The way back')[0] ?? '');
  }

  async goesBack(): Promise<void> {
    await this.pastes(this.document().split('## The way back')[1] ?? '');
  }

  private document(): string {
    return renderRunbook(this.scene.plan as Plan, render);
  }

  private async pastes(markdown: string): Promise<void> {
    for (const act of actsOf(markdown)) {
      if (act.kind === 'bring')
        await this.shell(
          act.host,
          `umask 077; mkdir -p "$(dirname ${act.to})"; cat >${act.to}`,
          readFileSync(act.from),
        );
      else if (act.host === 'this machine') await this.here(act.text);
      else {
        const said = await this.shell(act.host, act.text);
        assert.ok(!said.includes('NOT DONE'), `${act.host} says NOT DONE:\n${said}\n${act.text}`);
        assert.match(said, /go on/, `${act.host} says nothing:\n${said}\n${act.text}`);
      }
    }
  }

  /** Downloads, and doors that are looked at from here. */
  private async here(text: string): Promise<void> {
    const [, host, source, to] = /ssh (\S+) ('(?:[^']|'\\'')*'|\S+) >(\S+)\.part && mv/.exec(text) ?? [];
    if (host === undefined || source === undefined || to === undefined) return;
    const plain = source.startsWith("'") ? source.slice(1, -1).replaceAll("'\\''", "'") : source;
    const line = await this.scene.connect(host);
    const bytes: Buffer[] = [];
    const request = { argv: ['sh', '-c', plain] as [string, ...string[]], root: true, timeoutSec: 3600 };
    const { code } = await line.stream(request, (chunk) => void bytes.push(Buffer.from(chunk)));
    assert.equal(code, 0, plain);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(`${to}.part`, Buffer.concat(bytes), { mode: 0o600 });
    renameSync(`${to}.part`, to);
  }

  private async shell(host: string, text: string, stdin?: Buffer): Promise<string> {
    const line: Transport = await this.scene.connect(host);
    const names = [...new Set(text.match(/\bhaven_\w+/g) ?? [])];
    const before = names.map((each) => `${each}='${(this.known.get(each) ?? '').replaceAll("'", "'\\''")}'`);
    const after = names.map((each) => `printf '%s\\n' "@@${each}=$${each}"`);
    const script = [...before, text, ...after].join('\n');
    const argv = ['sh', '-c', script] as [string, ...string[]];
    const { stdout, stderr } = await line.exec({ argv, root: true, timeoutSec: 36_000, ...(stdin && { stdin }) });
    for (const [, name = '', value = ''] of stdout.matchAll(/^@@(haven_\w+)=(.*)$/gm)) this.known.set(name, value);
    return `${stdout}${stderr}`;
  }
}

const variable = (name: string) => `haven_${name.replace(/[^A-Za-z0-9_]/g, '_')}`;
