import { columnsOf } from '../base/columns';
import { render, say } from '../base/message';
import { type CertificateRow, certificateRows } from '../ops/certificates';
import { unservedNames } from '../ops/served-names';
import { onSite } from './site';
import { out } from './terminal';
import { text } from './words';

export const certificatesUsage = 'usage: haven certificates [DIR|haven.yaml] [--cluster NAME] [--format text|json]\n';

/** Fewer days than this and somebody should look. */
const soonDays = 30;

/**
 * `haven certificates`: every certificate with the days it has left, and names that the files ask for and a served one lacks.
 * Exit code 0 when all is well, 1 when one ends soon, lacks a name, or a node did not tell, 2 when no node answered.
 */
export function certificates(args: readonly string[]): Promise<number> {
  return onSite(args, certificatesUsage, async (site, asJson) => {
    const { askCertificates, askCluster } = await import('../run');
    const { signal } = new AbortController();
    const state = await askCluster(site.hosts, site.cluster, site.vips, signal);
    const facts = await askCertificates(site.hosts, state, signal);
    const rows = certificateRows(facts, Date.now());
    const models = site.workspace.clusterModels();
    const model = models.find((each) => each.inventory === site.inventory && each.name === site.cluster.name);
    const lacking = model === undefined ? [] : unservedNames(model, facts);
    const silent = site.cluster.nodes.filter(
      ({ name, roles }) => (roles.includes('server') || roles.includes('agent')) && !facts.has(name),
    );
    const said = lacking.map((each) => `${each.servedBy}: ${asJson ? render(each.message) : text(each.message)}`);
    if (asJson) {
      const all = { version: 1, cluster: site.cluster.name, certificates: rows, lacking: said };
      out(`${JSON.stringify({ ...all, silent: silent.map((each) => each.name) })}\n`);
    } else {
      out(tableOf(rows));
      for (const each of said) out(`${each}\n`);
      for (const each of silent) out(`${each.name}: ${text(say('does not answer'))}\n`);
    }
    if (facts.size === 0) return 2;
    const isWell = rows.every((each) => each.daysLeft >= soonDays) && lacking.length === 0 && silent.length === 0;
    return isWell ? 0 : 1;
  });
}

function tableOf(rows: readonly CertificateRow[]): string {
  const width = Math.max(0, ...rows.map((each) => each.host.length));
  return rows
    .map(({ daysLeft, host, place, served, subject }) => {
      const days = text(daysLeft < 0 ? say('ended') : say('{0} d', daysLeft));
      return `${' '.repeat(Math.max(0, 7 - columnsOf(days)))}${days}  ${host.padEnd(width)}  ${served ? text(say('served at {0}', place)) : place}  ${subject}\n`;
    })
    .join('');
}
