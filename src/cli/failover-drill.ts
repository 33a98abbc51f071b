import { say } from '../base/message';
import { compareDrill, type Measured } from '../ops/drill-report';
import { planFailoverDrill } from '../ops/failover-drill';
import { newStamp } from '../run/stamp';
import { nodesIn } from './simulated-nodes';
import { UsageError } from './site';
import type { CliOperation } from './wishes';
import { text } from './words';

/** `haven run failover-drill`: moves a virtual address on purpose, measures, compares with the simulator, puts it back. */
export const failoverDrill: CliOperation = {
  usage: 'failover-drill [ADDRESS] [--stop keepalived|haproxy]',
  plan: async (site, state, { words, stop: way = 'keepalived' }) => {
    if (way !== 'keepalived' && way !== 'haproxy') throw new UsageError(say('--stop wants keepalived or haproxy'));
    const addresses = state.vips.map((each) => each.address);
    const vip = words[0] ?? (addresses.length === 1 ? addresses[0] : undefined);
    if (vip === undefined || !addresses.includes(vip) || words.length > 1)
      throw new UsageError(say('name one virtual address of: {0}', addresses.join(', ')));
    const { forecastDrill } = await import('../service');
    const { watchDrill } = await import('../run');
    const holder = state.vips.find((each) => each.address === vip)?.holders[0];
    const { nodes } = await nodesIn(site.inventory);
    const own = nodes.filter((each) => state.cluster.nodes.some((node) => node.name === each.name));
    const prediction = holder === undefined ? undefined : forecastDrill(own, { vip, way, holder });
    const port = Number(/:(\d+)$/.exec(state.cluster.endpoint ?? '')?.[1] ?? 6443);
    const plan = planFailoverDrill(state, { stamp: newStamp(), vip, port, way, prediction });
    const measured: Measured[] = [];
    const places = { here: text(say('from this machine')), there: (name: string) => text(say('from {0}', name)) };
    return {
      plan,
      beside: async (signal) => {
        measured.push(...(await watchDrill(site.hosts, { state, vip, port, holder }, places, signal)));
      },
      report: () => compareDrill(prediction, measured).map((each) => text(each)),
    };
  },
};
