import type { RouterWords } from './keepalived-text';
import { routerText, scriptText, syncGroupText } from './keepalived-text';
import type { VrrpScenario } from './vrrp-scenario';

/** The same sequence of numbers in [0, 1) for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A cluster nobody thought of, and what happens to it; the same for the same seed. */
export function madeUpScenario(seed: number): VrrpScenario {
  const next = numbersFrom(seed);
  const chance = (share: number) => next() < share;
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;
  const count = pick([2, 2, 2, 3, 3, 4]);
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);

  const version = chance(0.25) ? 3 : undefined;
  const advert = version === 3 ? pick([0.2, 0.5, 1]) : pick([1, 1, 1, 2]);
  const weight = pick([undefined, 0, 0, -2, -20, -60, 2, 20, 60]);
  const script = {
    interval: pick([1, 1, 2]),
    fall: pick([1, 2, 3]),
    rise: pick([1, 2]),
    reverse: weight !== undefined && chance(0.1),
  };
  const unicast = chance(0.3);
  const grouped = chance(0.15);
  const everywhere = [
    ...(chance(0.15) ? ['nopreempt'] : []),
    ...(chance(0.1) ? [`preempt_delay ${pick([1, 3, 5])}`] : []),
    ...(chance(0.1) ? ['lower_prio_no_advert'] : []),
    ...(chance(0.1) ? ['higher_prio_send_advert'] : []),
    ...(chance(0.1) ? ['down_timer_adverts 2'] : []),
  ];
  const interfaces = chance(0.2) ? [`track_interface { eth1${pick(['', ' weight -20', ' weight 15'])} }`] : [];
  const files = chance(0.15) ? pick(['tf', 'tf weight 5', 'tf weight -1']) : undefined;

  const words = names.map((_, index): RouterWords => {
    const own: RouterWords = {
      priority: pick([100 - index, 110 - 10 * index, 150 - 40 * index, 100, 254 - index, index === 0 ? 255 : 200]),
      state: chance(0.3) && index === 0 ? 'MASTER' : 'BACKUP',
      advert,
      ...script,
      ...(version !== undefined && { version }),
      ...(weight !== undefined && !chance(0.1) && { weight }),
      ...(unicast && { peers: names.flatMap((_, other) => (other === index ? [] : [`10.77.0.${other + 1}`])) }),
      lines: [
        ...everywhere,
        ...(chance(0.05) ? ['nopreempt'] : []),
        ...interfaces,
        ...(files === undefined ? [] : [`track_file { ${files} }`]),
      ].filter((line, at, all) => all.indexOf(line) === at),
      blocks: files === undefined ? [] : ['track_file tf {\n    file "FLAGS/tf"\n    init_file 0\n}\n'],
    };
    return own;
  });
  const groupScript = grouped && weight !== undefined && chance(0.5);
  const configs = Object.fromEntries(
    words.map((each, index) => {
      if (!grouped) return [names[index] ?? '', routerText(each)];
      if (!groupScript || each.weight === undefined) return [names[index] ?? '', syncGroupText(each)];
      const { weight: _, ...plain } = each;
      return [names[index] ?? '', scriptText(each) + syncGroupText(plain, ['track_script {', '    chk', '}'])];
    }),
  );

  // What can happen next depends on what has happened.
  const off = new Set<string>();
  const broken = new Set<string>();
  const cut = new Set<string>();
  const touched = new Set<string>();
  const event = (): string[] => {
    for (let tries = 0; tries < 50; tries++) {
      const index = Math.floor(next() * count);
      const name = names[index] ?? '';
      // What one node does twice in a moment has an order, and a moment has none.
      if (touched.has(name)) continue;
      const toggle = (key: string, bad: string, good: string) => {
        if (broken.delete(key)) return good;
        broken.add(key);
        return bad;
      };
      const kind = pick([
        'power',
        'power',
        'stop',
        'check',
        'check',
        'check',
        'hang',
        'cable',
        'eth1',
        'file',
        'link',
        'link',
      ]);
      if (kind === 'link') {
        const other = names[Math.floor(next() * count)] ?? '';
        if (other === name || touched.has(other)) continue;
        touched.add(name).add(other);
        const pair = [name, other].sort().join('-');
        if (cut.delete(pair)) return [`heal:${pair}`];
        cut.add(pair);
        return [`cut:${pair}`];
      }
      touched.add(name);
      if (off.has(name)) {
        off.delete(name);
        return [`start:${name}`];
      }
      if (kind === 'power' || kind === 'stop') {
        off.add(name);
        return [`${kind === 'power' ? 'fail' : 'stop'}:${name}`];
      }
      if ((kind === 'check' || kind === 'hang') && words[index]?.weight !== undefined)
        return [toggle(`${name}:chk`, `${kind === 'check' ? 'fail' : 'hang'}:${name}:chk`, `ok:${name}:chk`)];
      if (kind === 'cable') return [toggle(`${name}:eth0`, `fail:${name}:eth0`, `ok:${name}:eth0`)];
      if (kind === 'eth1' && interfaces.length > 0)
        return [toggle(`${name}:eth1`, `fail:${name}:eth1`, `ok:${name}:eth1`)];
      if (kind === 'file' && files !== undefined) return [`set:${name}:tf=${pick([0, 1, 3, -5, 254, -254])}`];
    }
    return [];
  };
  const moments = Array.from({ length: pick([2, 3, 4]) }, () => {
    touched.clear();
    return [...event(), ...(chance(0.15) ? event() : [])].join('+');
  }).filter((each) => each !== '');
  return {
    configs,
    ...(chance(0.5) && { start: [...names].sort(() => next() - 0.5) }),
    moments,
    restSec: 6 + 3 * advert,
  };
}
