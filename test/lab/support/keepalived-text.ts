/** A router of the lab in a few words; what is left out is what most people write. */
export interface RouterWords {
  readonly priority?: number;
  readonly state?: 'MASTER' | 'BACKUP';
  /** Weight of the script `chk` (interval 1, fall 2, rise 2); absent tracks no script. */
  readonly weight?: number;
  readonly interval?: number;
  readonly timeout?: number;
  readonly fall?: number;
  readonly rise?: number;
  readonly reverse?: boolean;
  readonly advert?: number;
  readonly version?: 2 | 3;
  readonly vrid?: number;
  readonly vips?: readonly string[];
  readonly peers?: readonly string[];
  readonly password?: string;
  /** More lines of the instance. */
  readonly lines?: readonly string[];
  /** More blocks of the file. */
  readonly blocks?: readonly string[];
}

const virtualIp = '10.77.0.100';

/** An instance, its script not included. */
export function instanceText(name: string, words: RouterWords): string {
  const { priority = 100, state = 'BACKUP', advert = 1, vrid = 51, vips = [virtualIp], peers, lines = [] } = words;
  const block = (head: string, body: readonly string[]) => [
    `    ${head} {`,
    ...body.map((each) => `        ${each}`),
    '    }',
  ];
  return [
    `vrrp_instance ${name} {`,
    `    state ${state}`,
    '    interface eth0',
    `    virtual_router_id ${vrid}`,
    `    priority ${priority}`,
    `    advert_int ${advert}`,
    ...(words.version === undefined ? [] : [`    version ${words.version}`]),
    ...lines.map((each) => `    ${each}`),
    ...(words.password === undefined ? [] : block('authentication', ['auth_type PASS', `auth_pass ${words.password}`])),
    ...(peers === undefined ? [] : block('unicast_peer', peers)),
    ...block(
      'virtual_ipaddress',
      vips.map((each) => `${each}/24`),
    ),
    ...(words.weight === undefined
      ? []
      : block('track_script', [`chk${words.reverse === true ? ` weight ${words.weight} reverse` : ''}`])),
    '}',
    '',
  ].join('\n');
}

/** The script that an event of a scenario makes fail or hang. */
export function scriptText({
  weight = 0,
  interval = 1,
  timeout,
  fall = 2,
  rise = 2,
  reverse = false,
}: RouterWords): string {
  return [
    'vrrp_script chk {',
    '    script "FLAGS/check FLAGS/chk"',
    `    interval ${interval}`,
    ...(timeout === undefined ? [] : [`    timeout ${timeout}`]),
    `    fall ${fall}`,
    `    rise ${rise}`,
    ...(reverse ? [] : [`    weight ${weight}`]),
    '}',
    '',
  ].join('\n');
}

/** The whole file of a node with one instance VI_1. */
export function routerText(words: RouterWords): string {
  return [
    ...(words.weight === undefined ? [] : [scriptText(words)]),
    ...(words.blocks ?? []),
    instanceText('VI_1', words),
  ].join('\n');
}

/** The whole file of a node whose instances VI_1 and VI_2 form a sync group. */
export function syncGroupText(words: RouterWords, group: readonly string[] = []): string {
  const second = { ...words, vrid: (words.vrid ?? 51) + 1, vips: ['10.77.0.101'] };
  delete (second as { weight?: number }).weight;
  return [
    routerText(words),
    instanceText('VI_2', second),
    'vrrp_sync_group G1 {',
    '    group {',
    '        VI_1',
    '        VI_2',
    '    }',
    ...group.map((each) => `    ${each}`),
    '}',
    '',
  ].join('\n');
}
