import { complain } from '../program';
import { printfOutput } from '../shell/printf';
import { testExpression } from '../shell/test-expression';
import type { Call, Program } from '../world';

/** `sudo [-n] [-S -k -p ''] [VAR=value] -- COMMAND`: everybody on a practice machine may become root. */
const sudo: Program = (call) => {
  const words = [...call.args];
  let asksPassword = false;
  while (words[0]?.startsWith('-')) {
    const word = words.shift();
    if (word === '--') break;
    if (word === '-S') asksPassword = true;
    if (word === '-p' || word === '-u') words.shift();
  }
  if (asksPassword) call.stdin.line();
  return withAssignments(call, words);
};

const env: Program = (call) => {
  const words = [...call.args];
  let environment: ReadonlyMap<string, string> = call.environment;
  while (words[0]?.startsWith('-')) if (words.shift() === '-i') environment = new Map();
  if (words.length === 0) {
    for (const [key, value] of environment) call.out(`${key}=${value}\n`);
    return 0;
  }
  return withAssignments(call, words, environment);
};

function withAssignments(call: Call, words: string[], before = call.environment): number | Promise<number> {
  const environment = new Map(before);
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name = '', ...value] = (words.shift() ?? '').split('=');
    environment.set(name, value.join('='));
  }
  return words.length === 0 ? 0 : call.start(words, { environment });
}

function seconds(text: string): number {
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
  const [, number = '0', unit = 's'] = /^([\d.]+)([smhd]?)$/.exec(text) ?? [];
  return Number(number) * (units[unit || 's'] ?? 1);
}

/** Ends with 124 when the program took longer by the practice clock; the program itself is not stopped. */
const timeout: Program = async (call) => {
  const words = [...call.args];
  while (words[0]?.startsWith('-')) if (/^-[ks]$/.test(words.shift() ?? '')) words.shift();
  const limit = seconds(words.shift() ?? '0');
  const { cluster } = call.machine;
  const began = cluster.now();
  const restore = cluster.deadline(began + limit * 1000);
  try {
    const code = await call.start(words);
    return cluster.now() - began > limit * 1000 ? 124 : code;
  } finally {
    restore();
  }
};

const sleep: Program = async (call) => {
  const { cluster } = call.machine;
  await cluster.sleep(call.args.reduce((sum, each) => sum + seconds(each), 0) * 1000);
  await cluster.settle();
  return 0;
};

const date: Program = (call) => {
  const now = new Date(call.machine.now());
  const format = call.args.find((each) => each.startsWith('+'))?.slice(1) ?? '%a %b %e %H:%M:%S UTC %Y';
  const two = (value: number) => String(value).padStart(2, '0');
  const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  const values: Readonly<Record<string, string>> = {
    s: String(Math.floor(now.getTime() / 1000)),
    N: String(now.getTime() % 1000)
      .padStart(3, '0')
      .padEnd(9, '0'),
    Y: String(now.getUTCFullYear()),
    m: two(now.getUTCMonth() + 1),
    d: two(now.getUTCDate()),
    H: two(now.getUTCHours()),
    M: two(now.getUTCMinutes()),
    S: two(now.getUTCSeconds()),
    F: now.toISOString().slice(0, 10),
    T: now.toISOString().slice(11, 19),
    a: days[now.getUTCDay()] ?? '',
    b: months[now.getUTCMonth()] ?? '',
    e: String(now.getUTCDate()).padStart(2),
  };
  call.out(`${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => values[letter] ?? whole)}\n`);
  return 0;
};

const uname: Program = (call) => {
  const words: Readonly<Record<string, string>> = {
    '-n': call.machine.hostName,
    '-r': '6.1.0',
    '-m': 'x86_64',
    '-s': 'Linux',
  };
  call.out(`${words[call.args[0] ?? '-s'] ?? 'Linux'}\n`);
  return 0;
};

const printing =
  (text: (call: Call) => string | Buffer): Program =>
  (call) => {
    call.out(text(call));
    return 0;
  };

const passOn: Program = (call) => call.start(call.args.filter((each, i) => i > 0 || !each.startsWith('-')));

/** A session of its own lives on when its connection ends, and others see it below /proc under the number that its shell has. */
const setsid: Program = async (call) => {
  const { machine } = call;
  const { boots, files } = machine;
  const path = '/proc/4242';
  files.place(`${path}/comm`, 'sh\n');
  try {
    return await passOn(call);
  } finally {
    if (machine.boots === boots && files.has(path)) files.remove(path);
  }
};

/** Programs about the machine itself and about other programs. */
export const systemPrograms: Readonly<Record<string, Program>> = {
  bash: () => 0,
  basename: printing((call) => {
    const [path = '', ending] = call.args[0] === '--' ? call.args.slice(1) : call.args;
    const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
    return `${ending !== undefined && name !== ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name}\n`;
  }),
  date,
  dirname: printing((call) => {
    const path = (call.args[0] === '--' ? call.args[1] : call.args[0]) ?? '';
    return `${path.replace(/\/+$/, '').replace(/\/?[^/]*$/, '') || (path.startsWith('/') ? '/' : '.')}\n`;
  }),
  echo: printing(({ args }) => `${args.join(' ')}\n`),
  env,
  false: () => 1,
  hostname: printing(({ machine }) => `${machine.hostName}\n`),
  id: printing(({ args }) => (args.includes('-u') ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n')),
  nohup: passOn,
  nproc: printing(() => '2\n'),
  printf: printing(({ args }) => printfOutput(args)),
  setsid,
  sh: () => 0,
  sleep,
  sudo,
  sync: () => 0,
  test: (call) => {
    try {
      return testExpression(call.args, call.machine.files, call.path) ? 0 : 1;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return complain(call, error.message, 2);
    }
  },
  timeout,
  true: () => 0,
  uname,
  whoami: printing(() => 'root\n'),
};
