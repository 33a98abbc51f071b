import { describe, test } from 'node:test';
import { type RouterWords, routerText, scriptText, syncGroupText } from '../support/keepalived-text';
import { madeUpScenario } from '../support/made-up';
import { oddScenarios } from '../support/odd-scenarios';
import { networkMissing } from '../support/suite';
import { assertAsDaemons, type VrrpScenario } from '../support/vrrp-scenario';

const routers = (...words: readonly RouterWords[]): Readonly<Record<string, string>> =>
  Object.fromEntries(words.map((each, index) => [`n${index + 1}`, routerText(each)]));

const failAndRecover = ['fail:n1:chk', 'ok:n1:chk'];

const scenarios: Readonly<Record<string, VrrpScenario>> = {
  'a weight that is too small leaves the address where it is': {
    configs: routers({ priority: 110, state: 'MASTER', weight: -5 }, { priority: 100, weight: -5 }),
    moments: failAndRecover,
  },
  'a weight that is large enough moves it, and back': {
    configs: routers({ priority: 101, state: 'MASTER', weight: -2 }, { priority: 100, weight: -2 }),
    moments: failAndRecover,
  },
  'a positive weight that is larger than the gap moves it': {
    configs: routers({ priority: 110, state: 'MASTER', weight: 20 }, { priority: 100, weight: 20 }),
    moments: failAndRecover,
  },
  'a positive weight is cut off at 254': {
    configs: routers({ priority: 254, state: 'MASTER', weight: 2 }, { priority: 253, weight: 2 }),
    start: ['n1', 'n2'],
    moments: failAndRecover,
  },
  'the owner of the address ignores weights, and takes over at once': {
    configs: routers({ priority: 255, state: 'MASTER', weight: -2 }, { priority: 254, weight: -2 }),
    moments: ['fail:n1:chk', 'ok:n1:chk', 'stop:n1', 'start:n1', 'fail:n1'],
  },
  'weight 0 everywhere: the second failure leaves nobody': {
    configs: routers({ priority: 101, state: 'MASTER', weight: 0 }, { priority: 100, weight: 0 }),
    moments: ['fail:n1:chk', 'fail:n2:chk', 'ok:n1:chk', 'ok:n2:chk'],
  },
  'nopreempt on both: a lower priority moves nothing': {
    configs: routers(
      { priority: 110, weight: -20, lines: ['nopreempt'] },
      { priority: 100, weight: -20, lines: ['nopreempt'] },
    ),
    start: ['n1', 'n2'],
    moments: ['fail:n1:chk', 'ok:n1:chk', 'fail:n1', 'start:n1'],
  },
  'nopreempt with weight 0: it moves and stays': {
    configs: routers(
      { priority: 110, weight: 0, lines: ['nopreempt'] },
      { priority: 100, weight: 0, lines: ['nopreempt'] },
    ),
    start: ['n1', 'n2'],
    moments: ['fail:n1:chk', 'ok:n1:chk', 'fail:n2:chk'],
  },
  'preempt_delay holds back a failover by priority too': {
    configs: routers(
      { priority: 110, weight: -20, lines: ['preempt_delay 4'] },
      { priority: 100, weight: -20, lines: ['preempt_delay 4'] },
    ),
    start: ['n1', 'n2'],
    moments: ['fail:n1:chk', 'ok:n1:chk', 'stop:n1', 'start:n1'],
    restSec: 11,
  },
  'a sync group moves whole when a member fails': {
    configs: {
      n1: syncGroupText({ priority: 101, state: 'MASTER', weight: 0 }),
      n2: syncGroupText({ priority: 100, weight: 0 }),
    },
    moments: failAndRecover,
  },
  'a script of the group lowers every member': {
    configs: {
      n1: `${scriptText({ weight: -2 })}${syncGroupText({ priority: 101, state: 'MASTER' }, ['track_script {', '    chk', '}'])}`,
      n2: `${scriptText({ weight: -2 })}${syncGroupText({ priority: 100 }, ['track_script {', '    chk', '}'])}`,
    },
    moments: failAndRecover,
  },
  'lists of different length: both have what both list': {
    configs: routers({ priority: 101, vips: ['10.77.0.100', '10.77.0.101'] }, { priority: 100 }),
    moments: ['fail:n1', 'start:n1'],
  },
  'passwords that differ after the eighth character are one': {
    configs: routers({ priority: 101, password: 'sameeight1' }, { priority: 100, password: 'sameeight2' }),
    moments: ['stop:n1', 'start:n1'],
  },
  'a cut link makes two holders, and healing it makes one': {
    configs: routers({ priority: 101 }, { priority: 100 }),
    moments: ['cut:n1-n2', 'heal:n1-n2'],
  },
  'the same with unicast peers': {
    configs: routers({ priority: 101, peers: ['10.77.0.2'] }, { priority: 100, peers: ['10.77.0.1'] }),
    moments: ['cut:n1-n2', 'heal:n1-n2', 'stop:n1', 'start:n1', 'fail:n1', 'start:n1'],
  },
  'a clean stop, a start, a power cut, a pulled cable': {
    configs: routers({ priority: 101, state: 'MASTER' }, { priority: 100 }),
    moments: ['stop:n1', 'start:n1', 'fail:n1', 'start:n1', 'fail:n1:eth0', 'ok:n1:eth0'],
  },
  'three nodes, one after another': {
    configs: routers({ priority: 120, weight: -30 }, { priority: 110, weight: -30 }, { priority: 100, weight: -30 }),
    moments: ['fail:n1:chk', 'fail:n2', 'ok:n1:chk', 'start:n2', 'cut:n1-n2', 'heal:n1-n2'],
  },
  'version 3 with a tenth of a second': {
    configs: routers(
      { priority: 101, version: 3, advert: 0.1, weight: -2 },
      { priority: 100, version: 3, advert: 0.1, weight: -2 },
    ),
    moments: ['fail:n1:chk', 'ok:n1:chk', 'fail:n1', 'start:n1'],
  },
};

/** How many clusters are made up, and from which number on; the same number makes the same cluster. */
const madeUp = { count: Number(process.env.HAVEN_LAB_CLUSTERS ?? 10), from: Number(process.env.HAVEN_LAB_SEED ?? 1) };

// Most of the time is waited away, so several networks are tried at once.
describe('failover as the simulator foretells it and real daemons do it', {
  skip: networkMissing(),
  concurrency: 5,
}, () => {
  for (const [index, [name, scenario]] of Object.entries({ ...scenarios, ...oddScenarios }).entries())
    test(name, (t) => assertAsDaemons(t, `k${index}`, scenario));
  for (let seed = madeUp.from; seed < madeUp.from + madeUp.count; seed++) {
    const scenario = madeUpScenario(seed);
    const nodes = Object.keys(scenario.configs).length;
    test(`made-up cluster ${seed}: ${nodes} nodes, ${scenario.moments.join(' ')}`, (t) =>
      assertAsDaemons(t, `m${seed}`, scenario));
  }
});
