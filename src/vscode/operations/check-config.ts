import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { FileKind } from '../../base/file-kind';
import { checkText, type ProgramVerdict, parseVerdict } from '../../ops/commands/check-text';
import { checkerOf } from '../../ops/commands/config-file';
import { configTargets } from '../../ops/config-target';
import type { ClusterView } from '../explorer/cluster-store';
import { allClusters, chooseWay } from './choose';
import { asking } from './gather';
import type { Operation, Parts } from './parts';

/** A node that a file is for, and where the file lives there. */
interface Place {
  readonly view: ClusterView;
  readonly host: string;
  readonly path: string;
}

/**
 * "Haven: Check with haproxy -c, keepalived -t or nginx -t": what the program of the node that the file is for says of the
 * text in the editor, saved or not. It stands beside Haven's own findings until the text changes.
 */
export const checkConfig: Operation = async (parts) => {
  const document = vscode.window.activeTextEditor?.document;
  const kind = document === undefined ? undefined : (await parts.live.fileFor(document))?.file.kind;
  const program = checkerOf(kind)?.name;
  if (document === undefined || kind === undefined || program === undefined) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('Open a file of HAProxy, keepalived, nginx or kubeadm first.'),
    );
    return;
  }
  const place = await choosePlace(await placesOf(parts, document.uri, kind), program);
  if (place === undefined) return;
  const command = checkText(kind, place.path);
  const node = place.view.state.cluster.nodes.find((each) => each.name === place.host);
  if (command === undefined || node === undefined) return;
  const [text, version] = [document.getText(), document.version];
  const output = await asking(parts, place.view, async (hosts, signal) => {
    const transport = await hosts.connect(node, signal);
    const { root, timeoutSec } = command;
    return transport.exec({ argv: command.argv.map(String), root, timeoutSec, stdin: text }, signal);
  });
  const verdict = parseVerdict(output.stdout);
  if (verdict === undefined) {
    const reason = output.stderr.trim().split('\n').at(-1) ?? '';
    await vscode.window.showErrorMessage(
      vscode.l10n.t('{0} did not run on {1}: is the program installed there? {2}', program, place.host, reason),
    );
    return;
  }
  // What was typed meanwhile is not what was judged.
  if (document.version === version) show(parts, document, verdict, `${program} · ${place.host}`);
  await tell(verdict, program, place.host);
};

/** Every node that an inventory puts the file on. */
async function placesOf(parts: Parts, file: vscode.Uri, kind: FileKind): Promise<readonly Place[]> {
  const clusters = await allClusters(parts);
  return clusters.flatMap((view) =>
    configTargets(view.state.cluster, () => kind)
      .filter((target) => join(dirname(view.inventory.fsPath), target.file) === file.fsPath)
      .map(({ host, path }) => ({ view, host, path })),
  );
}

async function choosePlace(places: readonly Place[], program: string): Promise<Place | undefined> {
  if (places.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('No inventory puts this file on a node. Name it under "configs" in haven.yaml.'),
    );
    return undefined;
  }
  if (places.length === 1) return places[0];
  const ways = places.map((each, i) => ({ way: String(i), label: each.host, detail: each.path }));
  const chosen = await chooseWay(vscode.l10n.t('Ask {0} of which node?', program), ways);
  return chosen === undefined ? undefined : places[Number(chosen)];
}

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const;

function show({ programs }: Parts, document: vscode.TextDocument, { remarks }: ProgramVerdict, source: string): void {
  programs.set(
    document.uri,
    remarks.map((each) => {
      const line = document.lineAt(Math.min((each.line ?? 1) - 1, document.lineCount - 1));
      const start = line.firstNonWhitespaceCharacterIndex;
      const range = new vscode.Range(line.lineNumber, start, line.lineNumber, line.range.end.character);
      const diagnostic = new vscode.Diagnostic(range, each.text, severities[each.severity]);
      diagnostic.source = source;
      return diagnostic;
    }),
  );
}

async function tell({ accepted, release, remarks }: ProgramVerdict, program: string, host: string): Promise<void> {
  const problems = vscode.l10n.t('Show Problems');
  const pressed = accepted
    ? await vscode.window.showInformationMessage(
        vscode.l10n.t('{0} on {1} accepts this file. ({2})', program, host, release),
        ...(remarks.length > 0 ? [problems] : []),
      )
    : await vscode.window.showWarningMessage(
        vscode.l10n.t('{0} on {1} refuses this file. ({2})', program, host, release),
        problems,
      );
  if (pressed === problems) await vscode.commands.executeCommand('workbench.panel.markers.view.focus');
}
