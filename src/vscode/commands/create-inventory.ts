import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { AnsibleSource, AnsibleVariables, InventorySources } from '../../service';
import { type LiveWorkspace, pathOf } from '../live-workspace';

/** A file that hosts can be taken from, and the part of an inventory's sources it is. */
interface Source extends vscode.QuickPickItem {
  readonly part: 'sshConfig' | 'kubeconfig' | 'ansible';
  readonly text: string;
  /** An Ansible inventory with the variables beside it. */
  readonly ansible?: AnsibleSource;
}

/** Where people keep the hosts of an Ansible project. */
const ansibleFiles = '**/{inventory,hosts}{,.ini,.yml,.yaml}';
const mostAnsibleFiles = 20;
const mostVariableFiles = 100;

/**
 * "Haven: Create Inventory": a first `haven.yaml` from the files of the folder and from what the user has beside them.
 * It is shown unsaved, and one that is there already, on the disk or still unsaved, is left alone.
 */
export async function createInventoryCommand(live: LiveWorkspace): Promise<void> {
  const folder = await chooseFolder();
  if (folder === undefined) return;
  const sources = await chooseSources(folder.uri);
  if (sources === undefined) return;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Name of the cluster'),
    value: folder.name,
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? vscode.l10n.t('The cluster needs a name.') : undefined),
  });
  if (name === undefined) return;

  const { createInventory } = await import('../../service');
  const home = `${pathOf(folder.uri)}/`;
  const facts = (await live.whole()).facts().filter((each) => each.path.startsWith(home));
  const texts = Object.fromEntries(
    sources.filter((each) => each.part !== 'ansible').map((each) => [each.part, each.text]),
  );
  const ansible = sources.flatMap((each) => each.ansible ?? []);
  const text = createInventory({
    name: name.trim(),
    folder: home,
    facts,
    ansible,
    ...texts,
  } satisfies InventorySources);

  const target = vscode.Uri.joinPath(folder.uri, 'haven.yaml');
  const unsaved = vscode.workspace.textDocuments.find(
    ({ uri, isClosed }) => !isClosed && uri.toString() === target.with({ scheme: 'untitled' }).toString(),
  );
  if (unsaved?.getText() === text) {
    await vscode.window.showTextDocument(unsaved);
    return;
  }
  if ((await exists(target)) || (unsaved?.getText().trim() ?? '') !== '') {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'yaml', content: text }));
    await vscode.window.showInformationMessage(
      vscode.l10n.t('There is a haven.yaml already. It was left as it is; take from the new one what it lacks.'),
    );
    return;
  }
  const document = await vscode.workspace.openTextDocument(target.with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  await editor.edit((edit) => edit.replace(whole, text));
}

async function chooseFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  if (!vscode.workspace.isTrusted) {
    await vscode.window.showWarningMessage(
      vscode.l10n.t('Haven reads your SSH configuration only from a folder that you trust.'),
    );
    return undefined;
  }
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('Open the folder that the inventory is for.'));
    return undefined;
  }
  return folders.length === 1 ? folders[0] : vscode.window.showWorkspaceFolderPick();
}

/** What there is beside the files of the folder; empty when there is nothing or nothing was ticked. */
async function chooseSources(folder: vscode.Uri): Promise<readonly Source[] | undefined> {
  const found: Source[] = [];
  const offer = async (part: Source['part'], path: string, label: string, picked: boolean) => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // What cannot be read is not offered.
      if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'EISDIR') return undefined;
      throw error;
    });
    if (text !== undefined) found.push({ part, text, label, description: path, picked });
  };
  await offer('sshConfig', join(homedir(), '.ssh/config'), vscode.l10n.t('SSH configuration'), true);
  // As kubectl takes it: a variable without a word is none.
  const kubeconfig = process.env.KUBECONFIG?.split(delimiter)[0] || join(homedir(), '.kube/config');
  await offer('kubeconfig', kubeconfig, vscode.l10n.t('kubeconfig: the address of the API'), false);
  const pattern = new vscode.RelativePattern(folder, ansibleFiles);
  const { readAnsible } = await import('../../service');
  for (const uri of await vscode.workspace.findFiles(pattern, '**/node_modules/**', mostAnsibleFiles)) {
    await offer('ansible', uri.fsPath, vscode.l10n.t('Ansible inventory {0}', basename(uri.fsPath)), true);
    const last = found.at(-1);
    if (last?.part !== 'ansible' || last.description !== uri.fsPath) continue;
    // Playbooks and lists of tasks are called `hosts.yaml` too.
    if (readAnsible({ text: last.text }).hosts.length === 0) found.pop();
    else found.splice(-1, 1, { ...last, ansible: await withVariables(uri.fsPath, last.text) });
  }
  if (found.length === 0) return [];
  return vscode.window.showQuickPick(found, {
    title: vscode.l10n.t('Take hosts from these too, beside the files of the folder'),
    canPickMany: true,
    ignoreFocusOut: true,
  });
}

/** Ansible looks for variables beside the inventory, and for those of all hosts one folder above it too. */
async function withVariables(path: string, text: string): Promise<AnsibleSource> {
  const folder = dirname(path);
  const above = await variablesIn(join(dirname(folder), 'group_vars'));
  return {
    text,
    groupVars: [...above, ...(await variablesIn(join(folder, 'group_vars')))],
    hostVars: await variablesIn(join(folder, 'host_vars')),
  };
}

/** `all.yml` and `all/main.yml` are both for `all`. What is not there or is a folder holds nothing. */
async function variablesIn(folder: string): Promise<readonly AnsibleVariables[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const files = entries.filter((entry) => /(^|[/\\])[^./\\]+(\.ya?ml)?$/.test(entry)).slice(0, mostVariableFiles);
  return Promise.all(
    files.map(async (entry) => ({
      of: (entry.split(/[/\\]/)[0] ?? entry).replace(/\.ya?ml$/, ''),
      text: await readFile(join(folder, entry), 'utf8').catch(() => ''),
    })),
  );
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    // Only its absence matters here; a file that cannot be looked at cannot be overwritten either.
    return false;
  }
}
