import type { YamlScalar } from './yaml-value';

/** What Go's YAML readers make of a scalar, and the text that the value prints as. */
export interface GoScalar {
  readonly type: 'null' | 'bool' | 'int' | 'float' | 'text';
  readonly text: string;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
]);

const nulls: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL']);
const float = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * Reads a scalar by YAML 1.1 as gopkg.in/yaml.v2 resolves it (resolve.go): yes and on are booleans, 0644 is octal,
 * underscores in numbers are dropped, a date stays a text. k3s and kubeadm read their files with it.
 */
export function goScalar({ text, quoted }: Pick<YamlScalar, 'text' | 'quoted'>): GoScalar {
  if (quoted) return { type: 'text', text };
  if (nulls.has(text)) return { type: 'null', text: '' };
  const truth = booleans.get(text);
  if (truth !== undefined) return { type: 'bool', text: String(truth) };
  if (!/^[-+.\d]/.test(text)) return { type: 'text', text };
  // Underscores are dropped from numbers that begin with a digit or a sign.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  const whole = integerOf(plain);
  if (whole !== undefined) return { type: 'int', text: String(whole) };
  // What no float holds stays a text, a hash such as 12e4567 for instance.
  if (float.test(plain) && Number.isFinite(Number(plain))) return { type: 'float', text: goFloat(Number(plain)) };
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return { type: 'float', text: text.startsWith('-') ? '-Inf' : '+Inf' };
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return { type: 'float', text: 'NaN' };
  return { type: 'text', text };
}

/** Go's `strconv.ParseInt(text, 0, 64)` and its unsigned sister: decimal, 0x, 0o or a leading zero, 0b. */
function integerOf(text: string): bigint | undefined {
  const found = /^([-+]?)(?:(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+)|(0|[1-9]\d*))$/.exec(text);
  if (found === null) return undefined;
  const prefixed = found[2];
  const digits = prefixed === undefined ? (found[3] ?? '0') : prefixed.replace(/^0[oO]?(?=[0-7])/, '0o');
  const value = BigInt(digits);
  if (value > 0xffff_ffff_ffff_ffffn || (found[1] === '-' && value > 0x8000_0000_0000_0000n)) return undefined;
  return found[1] === '-' ? -value : value;
}

/** A float as Go prints it: the fewest digits, with an exponent of two digits below 1e-4 and from 1e+06 on. */
function goFloat(value: number): string {
  const [digits = '0', exponent = '0'] = value.toExponential().split('e');
  const size = Number(exponent);
  if (size >= -4 && size < 6) return String(value);
  const sign = size < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(size)).padStart(2, '0')}`;
}
