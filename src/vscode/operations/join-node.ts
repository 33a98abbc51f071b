import { dirname, join as joinPath } from 'node:path';
import * as vscode from 'vscode';
import type { InventoryNode } from '../../model/inventory/inventory';
import type { K3sAnalysis } from '../../model/k3s/analysis';
import { criticalDifferences, nodeArguments } from '../../model/k3s/critical-values';
import { certificatesCommand, parseCertificates } from '../../ops/commands/certificates';
import { peerUrl } from '../../ops/commands/etcd-peer';
import { joinFactsCommand, parseJoinFacts } from '../../ops/commands/join-facts';
import { kubectl, nodeOfMachine } from '../../ops/commands/kubectl';
import { type JoinParameters, type JoinPrograms, planJoin } from '../../ops/join/join';
import { type ClusterFiles, filesThatSendTo, pushFiles } from '../../ops/repository-files';
import type { ClusterState } from '../../ops/status/cluster-state';
import type { Hosts } from '../../run';
import type { ClusterView } from '../explorer/cluster-store';
import { pathOf } from '../live-workspace';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNode, chooseWay, stampOf } from './choose';
import { clusterFiles, editorConcerns } from './config-files';
import { askEach, asking, askMembers, askNodes, liveState, serversOf } from './gather';
import { pickFile } from './local-file';
import type { Operation, Parts } from './parts';

/** "Haven: Join Node": a machine that the inventory names and the cluster does not know yet. */
export const joinNode: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { cluster } = view.state;
  const first = await asking(parts, view, async (hosts, signal) => askNodes(hosts, view.state, signal));
  const strangers = cluster.nodes.filter(
    (each) =>
      (each.roles.includes('server') || each.roles.includes('agent')) && nodeOfMachine(first, each) === undefined,
  );
  if (strangers.length === 0) {
    await vscode.window.showInformationMessage(
      vscode.l10n.t('Every server and agent of haven.yaml is in the cluster. Write the new machine down there first.'),
    );
    return;
  }
  const machine = await chooseNode(strangers, subject, vscode.l10n.t('Which machine joins the cluster?'));
  if (machine === undefined) return;
  const programs = cluster.distribution === 'k3s' ? await choosePrograms(machine.name) : { from: 'machine' as const };
  if (programs === undefined) return;
  const files = await clusterFiles(parts, view);
  const config = await configOf(parts, view, files, machine);
  const asked = await asking(parts, view, (hosts, signal) => askAll(hosts, view, machine, config?.settings, signal));
  const running = asked.running;
  const plan = planJoin(asked.state, asked.members, {
    stamp: stampOf(Date.now()),
    host: machine.name,
    nodes: asked.nodes,
    facts: asked.facts,
    clockSkewSec: asked.clockSkewSec,
    programs,
    release: asked.nodes.find((each) => serversOf(asked.state).some((one) => nodeOfMachine([each], one) !== undefined))
      ?.version,
    config,
    differences: running === undefined ? [] : criticalDifferences(config?.settings ?? new Map(), running),
    servedNames: asked.servedNames,
    caHash: asked.caHash,
    inBackends: filesThatSendTo(files, machine.address),
    concerns: await editorConcerns(
      parts,
      pushFiles(files).filter((each) => each.host === machine.name && each.kind === 'k3s'),
    ),
  });
  await carryOut(parts, view, plan, {
    go: vscode.l10n.t('Join'),
    done: vscode.l10n.t('{0} has joined. Add it to the load balancer and push the file.', machine.name),
  });
};

async function choosePrograms(host: string): Promise<JoinPrograms | undefined> {
  const from = await chooseWay(vscode.l10n.t('How does k3s get onto {0}?', host), [
    {
      way: 'machine' as const,
      label: vscode.l10n.t('It is installed there'),
      detail: vscode.l10n.t('Program and unit are there; only settings, token and the start are missing'),
    },
    {
      way: 'files' as const,
      label: vscode.l10n.t('From this machine'),
      detail: vscode.l10n.t('k3s and its installer are uploaded: for machines without the internet'),
    },
    {
      way: 'online' as const,
      label: vscode.l10n.t('It downloads them'),
      detail: vscode.l10n.t('The installer comes from get.k3s.io'),
    },
  ]);
  if (from === undefined || from !== 'files') return from === undefined ? undefined : { from };
  const k3s = await pickFile(vscode.l10n.t('The program k3s'));
  const installer = k3s === undefined ? undefined : await pickFile(vscode.l10n.t('The installer of k3s, install.sh'));
  return k3s === undefined || installer === undefined ? undefined : { from, k3s, installer };
}

/** The k3s file that the inventory gives the machine, with its settings as the language side reads them. */
async function configOf(
  parts: Parts,
  { inventory }: ClusterView,
  { targets, files }: ClusterFiles,
  machine: InventoryNode,
): Promise<JoinParameters['config']> {
  const target = targets.find((each) => each.host === machine.name && each.kind === 'k3s');
  const file = target === undefined ? undefined : files.get(target.file);
  if (target === undefined || file === undefined) return undefined;
  const workspace = await parts.live.current();
  const path = pathOf(vscode.Uri.file(joinPath(dirname(inventory.fsPath), target.file)));
  const analysis = workspace.file(path)?.analysis as K3sAnalysis | undefined;
  return { file, name: target.file, settings: settingsOf(analysis?.settings ?? []) };
}

/** The values that count by key, joined by commas: a key with `+` adds to those before it. */
function settingsOf(settings: K3sAnalysis['settings']): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { key, entry, values } of settings) {
    const text = values.map((each) => each.text).join(',');
    const before = entry.key.endsWith('+') ? found.get(key.key) : undefined;
    found.set(key.key, before === undefined ? text : `${before},${text}`);
  }
  return found;
}

async function askAll(
  hosts: Hosts,
  view: ClusterView,
  machine: InventoryNode,
  settings: ReadonlyMap<string, string> | undefined,
  signal: AbortSignal,
) {
  const state = await liveState(hosts, view, signal);
  const { distribution } = state.cluster;
  const servers = serversOf(state).filter((each) => each.name !== machine.name);
  const members = await askMembers(hosts, state, signal);
  const nodes = await askNodes(hosts, state, signal);
  const others = servers.filter((each) => nodeOfMachine(nodes, each) !== undefined);
  const urls = urlsFor(state, machine, others, settings);
  const answered = new Map<string, number>();
  const told = await askEach(
    hosts,
    [machine, ...others.slice(0, 1)],
    {
      command: (node) => joinFactsCommand(node.name === machine.name ? urls : []),
      read: (stdout) => {
        const facts = parseJoinFacts(stdout);
        // Both are asked at the same moment, so what lies between the two clocks is what they are apart.
        if (facts !== undefined) answered.set(facts.hostName, facts.clockSec - Date.now() / 1000);
        return facts;
      },
    },
    signal,
  );
  const facts = told.get(machine.name);
  const server = others[0];
  const other = server === undefined ? undefined : told.get(server.name);
  const skews = [facts, other].map((each) => (each === undefined ? undefined : answered.get(each.hostName)));
  const [own, theirs] = skews;
  const node = server === undefined ? undefined : nodeOfMachine(nodes, server);
  return {
    state,
    members,
    nodes,
    facts,
    clockSkewSec: own === undefined || theirs === undefined ? undefined : own - theirs,
    running:
      distribution === 'k3s' && server !== undefined && node !== undefined
        ? await runningSettings(hosts, server, node.name, signal)
        : undefined,
    servedNames: server === undefined ? undefined : await servedNames(hosts, server, signal),
    caHash: distribution === 'kubeadm' && server !== undefined ? await caHashOf(hosts, server, signal) : undefined,
  };
}

/** What the machine must reach before it can join. */
function urlsFor(
  { cluster }: ClusterState,
  machine: InventoryNode,
  servers: readonly InventoryNode[],
  settings: ReadonlyMap<string, string> | undefined,
): readonly string[] {
  const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);
  const first = servers[0];
  const named = settings?.get('server');
  const api =
    cluster.distribution === 'kubeadm' && cluster.endpoint !== undefined
      ? [`https://${cluster.endpoint}`]
      : named !== undefined && /^https:\/\/[^\s/]+$/.test(named)
        ? [named]
        : first === undefined
          ? []
          : [`https://${bracketed(first.address)}:6443`];
  const needsEtcd = machine.roles.includes('server') && settings?.has('datastore-endpoint') !== true;
  return [...api, ...(needsEtcd ? servers.map((each) => peerUrl(each.address)) : [])];
}

async function runningSettings(hosts: Hosts, server: InventoryNode, node: string, signal: AbortSignal) {
  const template = 'jsonpath={.metadata.annotations.k3s\\.io/node-args}';
  const question = {
    command: () => kubectl('k3s', ['get', 'node', node, '--request-timeout=10s', '-o', template], 20),
    read: nodeArguments,
  };
  return (await askEach(hosts, [server], question, signal)).get(server.name);
}

async function servedNames(hosts: Hosts, server: InventoryNode, signal: AbortSignal) {
  const question = { command: () => certificatesCommand(['127.0.0.1:6443']), read: parseCertificates };
  const facts = (await askEach(hosts, [server], question, signal)).get(server.name);
  return facts?.served.find((each) => each.endpoint === '127.0.0.1:6443')?.names;
}

/** As kubeadm wants it: SHA-256 over the public key of the authority in DER. */
const caHashScript =
  'openssl x509 -pubkey -noout -in /etc/kubernetes/pki/ca.crt | openssl pkey -pubin -outform DER | sha256sum';

async function caHashOf(hosts: Hosts, server: InventoryNode, signal: AbortSignal) {
  const command = { argv: ['sh', '-c', caHashScript] as ['sh', ...string[]], root: true, timeoutSec: 20 };
  const question = { command: () => command, read: (stdout: string) => /^[0-9a-f]{64}\b/.exec(stdout)?.[0] };
  return (await askEach(hosts, [server], question, signal)).get(server.name);
}
