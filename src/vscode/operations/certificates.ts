import * as vscode from 'vscode';
import { columnsOf, padColumns } from '../../base/columns';
import { certificateRows, missingNames, planRenewCertificates } from '../../ops/certificates';
import { unservedNames } from '../../ops/served-names';
import { newStamp } from '../../run/stamp';
import { pathOf } from '../live-workspace';
import { carryOut } from './carry-out';
import { chooseCluster, chooseNodes } from './choose';
import { asking, liveState } from './gather';
import type { Operation } from './parts';

/** "Haven: Show Certificates": every certificate with the time it has left, and what the served ones lack. */
export const showCertificates: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const { askCertificates } = await import('../../run');
  const facts = await asking(parts, view, (hosts, signal) => askCertificates(hosts, view.state, signal));
  const { cluster, vips } = view.state;
  const endpoint = /^\[?(.+?)\]?:\d+$/.exec(cluster.endpoint ?? '')?.[1];
  const wanted = [...vips.map((each) => each.address), ...(endpoint === undefined ? [] : [endpoint])];
  const model = (await parts.live.current())
    .clusterModels()
    .find((each) => each.inventory === pathOf(view.inventory) && each.name === cluster.name);
  if (model !== undefined) await parts.nodeFindings.show(view.key, unservedNames(model, facts));
  const lines = [`# ${vscode.l10n.t('Certificates of {0}', cluster.name)}`];
  const remarks: string[] = [];
  const rows = certificateRows(facts, Date.now());
  for (const { host, place, served, names } of rows) {
    const lacks = served && place.endsWith(':6443') ? missingNames([...new Set(wanted)], names) : [];
    if (lacks.length > 0)
      remarks.push(
        `- ⚠ **${host}** ${place}: ${vscode.l10n.t('the served certificate is not good for {0}', lacks.join(', '))}`,
      );
  }
  for (const [host, own] of facts) {
    if (own.unreadable)
      remarks.push(`- ⚠ **${host}**: ${vscode.l10n.t('openssl is missing, so its certificates could not be read')}`);
  }
  const silent = cluster.nodes.filter(
    (each) => (each.roles.includes('server') || each.roles.includes('agent')) && !facts.has(each.name),
  );
  for (const each of silent) remarks.push(`- ⚠ **${each.name}**: ${vscode.l10n.t('does not answer')}`);
  const table = rows.map(({ daysLeft, host, place, served, subject: who }) => {
    const days = daysLeft < 0 ? `⛔ ${vscode.l10n.t('ended')}` : daysLeft < 30 ? `⚠ ${daysLeft}` : String(daysLeft);
    return [days, host, served ? vscode.l10n.t('served at {0}', place) : place, who];
  });
  const head = [
    vscode.l10n.t('Days left'),
    vscode.l10n.t('Node'),
    vscode.l10n.t('Certificate'),
    vscode.l10n.t('Subject'),
  ];
  if (remarks.length > 0) lines.push('', ...remarks);
  lines.push('', ...tableLines([head, ...table]), '', `## ${vscode.l10n.t('Names in the served certificates')}`, '');
  for (const { host, place, served, names } of rows)
    if (served) lines.push(`- **${host}** ${place}: ${names.join(', ')}`);
  await parts.plans.show('certificates', `${lines.join('\n')}\n`);
};

/** A Markdown table whose columns stand under each other, so that it can be read as text too. */
function tableLines(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((each) => each.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, i) => Math.max(3, ...cells.map((row) => columnsOf(row[i] ?? ''))));
  const line = (row: readonly string[]) => `| ${row.map((each, i) => padColumns(each, widths[i] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = cells;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)];
}

/** "Haven: Renew Certificates": of one node, or of those that the user picks. */
export const renewCertificates: Operation = async (parts, subject) => {
  const view = await chooseCluster(parts, subject);
  if (view === undefined) return;
  const able = view.state.cluster.nodes.filter(
    (each) =>
      each.roles.includes('server') || (view.state.cluster.distribution === 'k3s' && each.roles.includes('agent')),
  );
  const nodes = await chooseNodes(able, subject, vscode.l10n.t('Whose certificates are renewed?'));
  if (nodes === undefined) return;
  const { askCertificates } = await import('../../run');
  const { state, facts } = await asking(parts, view, async (hosts, signal) => ({
    state: await liveState(hosts, view, signal),
    facts: await askCertificates(hosts, view.state, signal),
  }));
  const hosts = nodes.map((each) => each.name);
  await carryOut(parts, view, planRenewCertificates(state, facts, { stamp: newStamp(), hosts }), {
    go: vscode.l10n.t('Renew'),
    done: vscode.l10n.t('The certificates are renewed and in use.'),
  });
};
