import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { planRenewCertificates } from '../../src/ops/certificates';
import type { NodeConfig } from '../../src/ops/commands/config-file';
import { wrongMachine } from '../../src/ops/node-identity';
import type { Plan } from '../../src/ops/plan';
import { planPush } from '../../src/ops/push-config';
import { planReaddMember } from '../../src/ops/readd-member';
import { planSnapshotSchedule } from '../../src/ops/snapshot-schedule';
import { planSnapshotTimer } from '../../src/ops/snapshot-timer';
import type { ClusterState } from '../../src/ops/status/cluster-state';
import { fleetState, memberFactsOf, wholeFleet } from '../support/fleet';

const stamp = '20261121-070000';

/** A cluster in which the machine that answers for cp3 tells this of itself. */
function told(hostName: string, addresses: readonly string[], distribution: 'k3s' | 'kubeadm' = 'k3s'): ClusterState {
  const state = fleetState(wholeFleet, distribution);
  return {
    ...state,
    nodes: state.nodes.map((each) =>
      each.node.name === 'cp3' && each.report.kind === 'answered'
        ? { ...each, report: { ...each.report, status: { ...each.report.status, hostName, addresses } } }
        : each,
    ),
  };
}

describe('the machine that answers for a node', () => {
  test('is another one where it has the name or the address of another, and not its own address', () => {
    const says = (...machine: Parameters<typeof told>) =>
      wrongMachine(told(...machine), 'cp3').map((each) => render(each.message));
    const wrong = ['the machine that answers is cp2 by its name or address, and not cp3'];
    assert.deepEqual(says('cp2', ['10.0.0.12']), wrong);
    assert.deepEqual(says('rack-7', ['10.0.0.12']), wrong);
    assert.deepEqual(says('CP2', ['192.168.0.9']), wrong);
    // A name of its own, an address behind NAT, and a host name that was given twice by mistake say nothing.
    for (const [name, address] of [
      ['rack-7', '10.0.0.13'],
      ['rack-7', '192.168.0.9'],
      ['cp3', '192.168.0.9'],
      ['cp2', '10.0.0.13'],
      ['', '192.168.0.9'],
    ] as const)
      assert.deepEqual(says(name, [address]), [], `${name} ${address}`);
  });

  test('gets no file, no certificate, no member, no schedule that was meant for another', () => {
    const [k3s, kubeadm] = [told('cp2', ['10.0.0.12']), told('cp2', ['10.0.0.12'], 'kubeadm')];
    const file = { kind: 'haproxy', file: 'h.cfg', path: '/etc/haproxy/haproxy.cfg', host: 'cp3' } as const;
    const found: NodeConfig = { files: [], absent: [file.path], doors: new Map(), units: new Map(), programs: [] };
    const schedule = { cron: '0 * * * *', keep: 3, compress: false };
    const plans: Readonly<Record<string, Plan>> = {
      push: planPush(k3s, new Map([['cp3', found]]), {
        stamp,
        files: [{ ...file, localPath: '/w/h.cfg', sha256: 'ab'.repeat(32), bytes: 7 }],
        confirmSec: 60,
        concerns: { blockers: [], warnings: [] },
      }),
      renew: planRenewCertificates(k3s, new Map(), { stamp, hosts: ['cp3'] }),
      readd: planReaddMember(kubeadm, memberFactsOf(wholeFleet), { stamp, host: 'cp3' }),
      schedule: planSnapshotSchedule(k3s, new Map([['cp3', { settings: [], inUnit: [] }]]), { stamp, schedule }),
      timer: planSnapshotTimer(kubeadm, { stamp, schedule }),
    };
    for (const [name, { blockers, steps }] of Object.entries(plans)) {
      assert.match(blockers.map((each) => render(each.message)).join('\n'), /is cp2 by its name or address/, name);
      assert.deepEqual(steps, [], name);
    }
  });
});
