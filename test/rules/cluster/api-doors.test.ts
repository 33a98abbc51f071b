import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';

const instance = (name: string, id: number, addresses: readonly string[], own: string, peer: string) => `
vrrp_instance ${name} {
    state BACKUP
    interface eth0
    virtual_router_id ${id}
    priority ${own.endsWith('1') ? 120 : 110}
    unicast_src_ip ${own}
    unicast_peer {
        ${peer}
    }
    virtual_ipaddress {
${addresses.map((each) => `        ${each}`).join('\n')}
    }
}
`;

/** What is said of the addresses of a cluster of two servers that hold virtual routers themselves. */
function told(routers: (own: string, peer: string) => string, nodes: readonly [string, string], endpoint: string) {
  const workspace = new Workspace();
  const bare = endpoint.replace(/[[\]]/g, '');
  for (const [index, node] of nodes.entries()) {
    const founds = index === 0 ? 'cluster-init: true' : `server: "https://${endpoint}:6443"`;
    workspace.open(`/w/cp${index + 1}/config.yaml`, `${founds}\nnode-ip: "${node}"\ntls-san:\n  - "${bare}"\n`);
    workspace.open(`/w/cp${index + 1}/keepalived.conf`, routers(node, nodes[1 - index] ?? ''));
  }
  return [1, 2].flatMap((number) =>
    ['config.yaml', 'keepalived.conf'].flatMap((name) =>
      workspace
        .diagnose(`/w/cp${number}/${name}`)
        .flatMap(({ rule, message }) =>
          (name === 'config.yaml' ? /vip-not-in/ : /vip-outside/).test(rule)
            ? [`cp${number} ${rule} ${message.args[0]}`]
            : [],
        ),
    ),
  );
}

test('an address of another virtual router that no file uses for the API is in no certificate', () => {
  const nodes = ['10.0.0.11', '10.0.0.12'] as const;
  const both = (api: string) => (own: string, peer: string) =>
    instance('API', 51, [api], own, peer) + instance('INGRESS', 52, ['10.0.0.101/24'], own, peer);
  assert.deepEqual(told(both('10.0.0.100/24'), nodes, '10.0.0.100'), []);
  assert.deepEqual(
    told(both('10.0.0.107/24'), nodes, '10.0.0.11'),
    ['cp1', 'cp2'].flatMap((node) =>
      ['10.0.0.107', '10.0.0.101'].map((address) => `${node} cluster/vip-not-in-tls-san ${address}`),
    ),
    'of which router the API has its address nobody says',
  );
  const two = (own: string, peer: string) => instance('API', 51, ['10.0.0.100/24', '10.0.0.103/24'], own, peer);
  assert.deepEqual(
    told(two, nodes, '10.0.0.100'),
    ['cp1', 'cp2'].map((node) => `${node} cluster/vip-not-in-tls-san 10.0.0.103`),
    'the other address of the same router leads to the same load balancer',
  );
});

test('the link-local address that VRRP for IPv6 begins with is in no certificate and in no network of nodes', () => {
  const nodes = ['2001:db8::11', '2001:db8::12'] as const;
  const routers = (own: string, peer: string) =>
    instance('API', 51, ['fe80::100/64', '2001:db8::100/64'], own, peer).replace('priority', 'version 3\n    priority');
  assert.deepEqual(told(routers, nodes, '[2001:db8::100]'), []);
});
