import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { Workspace } from '../../src/service';
import { sharedFolder } from '../support/shared';
import type { Part, Report } from './frame';

/** A config and what k3s did with it (facts/k3s/recordings/config-verdicts.json). */
interface K3sCase {
  readonly id: string;
  readonly role: string;
  readonly config: string | null;
  readonly dropins?: Readonly<Record<string, string>>;
  readonly started: boolean | null;
  readonly result: string;
  readonly message?: readonly string[] | string | null;
}

/** Refused for what is on the machine, on another one or on the command line, which no file tells. */
const elsewhere =
  /^(?:agent-)?(?:server-(?:down|wrong-token|wrong-ca-hash|sqlite-target|no-etcd|path)|wrong-(?:token|hash))$|^(?:agent-empty|endpoint-etcd-down|bind-foreign|token-file-missing|embedded-registry-cre)$/;

/** Names a settled value in every language of the world: the field whose line the finding should stand on. */
function fieldNamed(message: string, config: string): number | undefined {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line !== undefined) return Number(line) - 1;
  const flag = /-(?:-)?([a-z0-9]+(?:-[a-z0-9]+)+)/.exec(message)?.[1];
  const key = flag ?? /(?:invalid|defined:) ([a-z-]+)/.exec(message)?.[1];
  const at = key === undefined ? -1 : config.split('\n').findIndex((each) => each.startsWith(key));
  return at < 0 ? undefined : at;
}

const folder = '/cluster';

/** What Haven says of one file, in a workspace with an inventory that gives the node its role. */
export function diagnoseK3s(
  text: string,
  role: string,
  dropIns: Readonly<Record<string, string>> = {},
): readonly { readonly line: number; readonly diagnostic: Diagnostic }[] {
  const workspace = new Workspace();
  const main = `${folder}/n1/etc/rancher/k3s/config.yaml`;
  if (role === 'agent') {
    workspace.open(
      `${folder}/haven.yaml`,
      `clusters:\n  - name: c\n    nodes:\n      - { name: n1, address: 192.0.2.1, roles: [agent] }\n    configs:\n      - { file: n1/etc/rancher/k3s/config.yaml, on: [n1] }\n`,
    );
  }
  workspace.open(main, text);
  const paths = [main];
  for (const [name, part] of Object.entries(dropIns)) {
    const path = `${main}.d/${name}`;
    if (workspace.open(path, part) !== undefined) paths.push(path);
  }
  return paths.flatMap((path) => {
    const lines = new LineIndex(workspace.file(path)?.text ?? '');
    return workspace
      .diagnose(path)
      .filter((each) => !each.rule.startsWith('cluster/') && !each.rule.startsWith('inventory/'))
      .map((diagnostic) => ({ line: lines.positionAt(diagnostic.span.start).line, diagnostic }));
  });
}

export const k3sPart: Part = {
  name: 'k3s',
  missing: () => (sharedFolder('facts') === undefined ? 'no recorded verdicts beside the checkout' : undefined),
  run(report) {
    k3s(report);
  },
};

function k3s(report: Report): void {
  const path = sharedFolder('facts', 'k3s', 'recordings', 'config-verdicts.json');
  if (path === undefined) return;
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: readonly K3sCase[] };
  const counts = new Map<string, number>();
  for (const each of cases) {
    if (elsewhere.test(each.id)) continue;
    const found = diagnoseK3s(each.config ?? '', each.role, each.dropins);
    const shown = found.map(({ diagnostic }) => `${diagnostic.rule}: ${render(diagnostic.message)}`);
    const count = counts.get(each.role) ?? 0;
    counts.set(each.role, count + 1);
    const name = `k3s ${each.role}, ${count % 2 === 0 ? 'first half' : 'other half'}`;
    if (each.started === true && each.result === 'up') {
      const errors = found.filter(({ diagnostic }) => diagnostic.severity === 'error');
      report.accepted(
        name,
        errors.map(({ diagnostic }) => `${each.id}: ${diagnostic.rule}: ${render(diagnostic.message)}`),
      );
      continue;
    }
    const message = [each.message ?? []].flat().join('\n');
    const line = fieldNamed(message, each.config ?? '');
    const onLine = found.some((one) => line === undefined || one.line === line);
    report.rejected(
      name,
      found.length === 0 ? 'unseen' : onLine ? 'on-line' : 'elsewhere',
      `${each.id}: ${shown.join(' | ') || message.slice(-160)}`,
    );
  }
}
