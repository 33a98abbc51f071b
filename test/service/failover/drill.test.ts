import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forecastDrill } from '../../../src/service';

const vip = '10.0.0.100';

/** One load balancer: without `check` nothing looks at haproxy; with `stays` it keeps what it has. */
function balancer(number: number, options: { readonly check?: boolean; readonly stays?: boolean } = {}) {
  const check = options.check === false ? '' : '    track_script {\n        chk_haproxy\n    }\n';
  const text = `vrrp_script chk_haproxy {
    script "/usr/bin/pgrep -x haproxy"
    interval 2
    fall 2
    rise 2
    weight -60
}
vrrp_instance API {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${160 - 25 * number}
    advert_int 1
${options.stays === true ? '    nopreempt\n' : ''}    virtual_ipaddress {
        ${vip}/24
    }
${check}}
`;
  const name = `lb${number}`;
  return { name, address: `10.0.0.1${number}`, files: [{ path: `${name}.conf`, text }] };
}

describe('what the simulator says of a failover drill', () => {
  test('keepalived that stops says good-bye: the other one has the address within a second, and gives it back', () => {
    const said = forecastDrill([balancer(1), balancer(2)], { vip, way: 'keepalived', holder: 'lb1' });
    assert.deepEqual(said?.heirs, ['lb2']);
    assert.equal(said?.returns, true);
    const [earliest = -1, latest = 99] = said?.seconds ?? [];
    assert.ok(earliest >= 0 && latest < 1.5, `${earliest} to ${latest}`);
  });

  test('haproxy that stops is noticed by its check, which takes longer', () => {
    const said = forecastDrill([balancer(1), balancer(2)], { vip, way: 'haproxy', holder: 'lb1' });
    assert.deepEqual(said?.heirs, ['lb2']);
    const [earliest = 0, latest = 99] = said?.seconds ?? [];
    assert.ok(earliest > 2 && latest < 9, `${earliest} to ${latest}`);
  });

  test('without a check that looks at haproxy nothing moves', () => {
    const nodes = [balancer(1, { check: false }), balancer(2, { check: false })];
    const said = forecastDrill(nodes, { vip, way: 'haproxy', holder: 'lb1' });
    assert.deepEqual(said, { heirs: [], seconds: undefined, returns: true });
  });

  test('a node that stays away after nopreempt does not take it back by itself', () => {
    const nodes = [balancer(1, { stays: true }), balancer(2, { stays: true })];
    assert.equal(forecastDrill(nodes, { vip, way: 'keepalived', holder: 'lb1' })?.returns, false);
  });

  test('with the files of one node, or without those of the holder, nothing is said', () => {
    assert.equal(forecastDrill([balancer(1)], { vip, way: 'keepalived', holder: 'lb1' }), undefined);
    assert.equal(forecastDrill([balancer(1), balancer(2)], { vip, way: 'keepalived', holder: 'lb3' }), undefined);
  });
});
