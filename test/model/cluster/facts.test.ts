import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import type { FileFacts, KeepalivedFacts, LoadBalancerFacts } from '../../../src/model/cluster/facts/file-facts';
import { workspaceOf } from '../../support/clusters';

const factsIn = (files: Readonly<Record<string, string>>) => workspaceOf(new Map(Object.entries(files))).facts();
const of = <Kind extends FileFacts['kind']>(kind: Kind, files: Readonly<Record<string, string>>) =>
  factsIn(files).find((each): each is Extract<FileFacts, { kind: Kind }> => each.kind === kind) as
    | KeepalivedFacts
    | LoadBalancerFacts;

function haproxy(text: string) {
  const facts = of('loadbalancer', { 'haproxy.cfg': text }) as LoadBalancerFacts;
  return {
    listeners: facts.listeners.map((each) => `${each.proxy} ${each.host ?? '*'}:${each.port}`),
    servers: facts.backends.flatMap((each) => each.servers.map((one) => `${each.name} ${one.host}:${one.port ?? ''}`)),
    routes: Object.fromEntries(facts.routes),
  };
}

test('haproxy: quotes, lists, ranges, templates, what defaults say, and nothing that is not certainly in force', () => {
  const found = haproxy(`defaults
    mode tcp
    default_backend api
frontend k8s
    bind "*:6443" , ignored
    bind 10.0.0.5:8443,:::9443
    bind :7000-7002
    bind /run/x.sock
    bind "\${ADDRESS}:1"
.if defined(SOMETHING)
    bind :1234
.endif
.if !true()
    bind :1235
.endif
backend api
    server a 10.0.0.1:6443 check
    server b [fd00::2]:6443 check
    server c "\${HOST}":6443 check
    server-template d 3 cp.example.com:6443 check
listen other
    bind :80
    use_backend %[req.hdr(host)] if TRUE
`);
  assert.deepEqual(found, {
    listeners: [
      'k8s *:6443',
      'k8s 10.0.0.5:8443',
      'k8s *:9443',
      'k8s *:7000',
      'k8s *:7001',
      'k8s *:7002',
      'other *:80',
    ],
    servers: ['api 10.0.0.1:6443', 'api fd00::2:6443', 'api cp.example.com:6443'],
    routes: { k8s: ['api'], other: ['other', 'api'] },
  });
});

const inventory = `clusters:
  - name: prod
    endpoint: 10.0.0.10:6443
    nodes:
      - { name: cp1, address: 10.0.0.1, roles: [server] }
      - { name: lb1, address: 10.0.0.21, roles: [loadbalancer] }
      - { name: lb2, address: 10.0.0.22, roles: [loadbalancer] }
    configs:
      - { file: lb1.conf, on: [lb1] }
      - { file: lb2.conf, on: [lb2] }
`;

const routers = (files: Readonly<Record<string, string>>) =>
  workspaceOf(new Map(Object.entries(files)))
    .clusterModels()
    .flatMap((model) =>
      model.keepalived.flatMap(({ facts, nodes }) =>
        facts.routers.map(
          (each) =>
            `${nodes.map((node) => node.name.value).join()} ${each.name.value} ${each.virtualRouterId?.value ?? '?'} ${each.priority?.value ?? '?'} ${each.virtualAddresses.map((address) => address.value).join()}`,
        ),
      ),
    );

test('keepalived: definitions are replaced and included files belong to each machine that includes them', () => {
  const common = 'vrrp_instance API {\n  virtual_router_id 61\n  virtual_ipaddress {\n    10.0.0.10/24\n  }\n}\n';
  const own = (priority: number) =>
    `$PRIORITY=${priority}\n$VIP=10.0.0.11\ninclude common.conf\nvrrp_instance WEB {\n  virtual_router_id 62\n  priority $PRIORITY\n  virtual_ipaddress {\n    \${VIP}/24\n  }\n}\n`;
  const files = {
    'haven.yaml': inventory,
    'lb1.conf': `global_defs {\n}\n${own(150)}`,
    'lb2.conf': `global_defs {\n}\n${own(100)}`,
    'common.conf': common,
  };
  assert.deepEqual(routers(files), [
    'lb1 WEB 62 150 10.0.0.11',
    'lb1 API 61 ? 10.0.0.10',
    'lb2 WEB 62 100 10.0.0.11',
    'lb2 API 61 ? 10.0.0.10',
  ]);
});

const shared = `vrrp_instance API {
  virtual_router_id 61
  @lb1 priority 150
  @lb2 priority 100
  @lb1 unicast_src_ip 10.0.0.21
  @lb2 unicast_src_ip 10.0.0.22
  unicast_peer {
    @lb1 10.0.0.22
    @lb2 10.0.0.21
  }
  virtual_ipaddress {
    10.0.0.10/24
  }
}
`;

test('keepalived: a file whose lines name hosts is one for each of them, and they are compared', () => {
  const named = inventory.replaceAll(/lb\d\.conf/g, 'keepalived.conf').replace(/ {6}- .*on: \[lb2\] \}\n/, '');
  const files = { 'haven.yaml': named.replace('on: [lb1]', 'on: [lb1, lb2]'), 'keepalived.conf': shared };
  assert.deepEqual(routers(files), ['lb1 API 61 150 10.0.0.10', 'lb2 API 61 100 10.0.0.10']);
  const findings = (text: string) =>
    workspaceOf(new Map(Object.entries({ ...files, 'keepalived.conf': text })))
      .diagnose('keepalived.conf')
      .flatMap((each) => (each.rule.startsWith('cluster/') ? [`${each.rule}: ${render(each.message)}`] : []));
  assert.deepEqual(findings(shared), []);
  assert.deepEqual(
    findings(shared.replace('@lb2 priority 100', '@lb2 priority 150')).map((each) => each.split(':')[0]),
    ['cluster/priority-equal', 'cluster/priority-equal'],
  );
});

test('haproxy: what conf.d holds counts with its main file', () => {
  const files = new Map([
    ['haven.yaml', inventory.replaceAll('lb1.conf', 'lb/haproxy.cfg').replace(/ {6}- .*lb2\.conf.*\n/, '')],
    ['lb/haproxy.cfg', 'defaults\n  mode tcp\n'],
    ['lb/conf.d/10-front.cfg', 'frontend api\n  bind :7443\n  default_backend api\n'],
    ['lb/conf.d/20-back.cfg', 'backend api\n  server cp1 10.0.0.1:6443 check\n'],
  ]);
  const [model] = workspaceOf(files).clusterModels();
  assert.equal(model?.loadBalancers.length, 1);
  assert.deepEqual(
    model?.loadBalancers[0]?.nodes.map((node) => node.name.value),
    ['lb1'],
  );
  const rules = (path: string) =>
    workspaceOf(files)
      .diagnose(path)
      .flatMap((each) => (each.rule.startsWith('cluster/') ? [each.rule] : []));
  assert.deepEqual(rules('haven.yaml'), ['cluster/endpoint-port']);
  assert.deepEqual(rules('lb/conf.d/10-front.cfg'), ['cluster/endpoint-port']);
});
