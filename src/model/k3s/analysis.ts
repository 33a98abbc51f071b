import { parseGoBool } from '../../base/go-bool';
import type { Span } from '../../base/span';
import type { Version } from '../../base/version';
import { type K3sKey, k3sKey } from '../../catalog/k3s/catalog';
import { type GoScalar, goScalar } from '../../syntax/go-scalar';
import { parseLocatedYaml, type YamlDocument, type YamlEntry, type YamlValue } from '../../syntax/located-yaml';

/** One value of a key as k3s gets it: after YAML has read it, and after commas are cut where k3s cuts them. */
export interface K3sValue {
  readonly text: string;
  readonly type: GoScalar['type'] | 'nested';
  /** As it stands in the file, without quotes. */
  readonly written: string;
  readonly quoted: boolean;
  readonly span: Span;
  /** Something a template or a reader fills in, of which nothing can be said. */
  readonly open: boolean;
  /** Blanks stand beside it in a list of one text (`a, b`), and k3s does not take them off: `text` is without. */
  readonly padded?: boolean;
}

/** A key that k3s knows, with its values. */
export interface K3sSetting {
  readonly key: K3sKey;
  readonly entry: YamlEntry;
  readonly values: readonly K3sValue[];
}

/** One k3s config file. k3s reads the first document only. */
export interface K3sAnalysis {
  readonly path: string;
  readonly text: string;
  readonly document: YamlDocument;
  /** The documents behind the first one, which nobody reads. */
  readonly unread: readonly YamlDocument[];
  readonly entries: readonly YamlEntry[];
  /** Every entry with a known key, in order. */
  readonly settings: readonly K3sSetting[];
  /** What the node is by its inventory; absent where nobody says. */
  readonly role: 'server' | 'agent' | undefined;
  readonly version: Version | undefined;
  /** The keys that the other files of the node set; empty where nobody has looked. */
  readonly elsewhere: ReadonlySet<string>;
  /** k3s passes the file over for its name; nothing of it counts then. */
  readonly isPassedOver: boolean;
}

interface K3sSource {
  readonly path: string;
  readonly text: string;
  readonly role?: 'server' | 'agent' | undefined;
  readonly version?: Version | undefined;
}

export function analyseK3s({ path, text, role, version }: K3sSource): K3sAnalysis {
  const [document = { root: undefined, problems: [] }, ...unread] = parseLocatedYaml(text);
  const isPassedOver = isUnreadDropIn(path);
  const entries = document.root?.kind === 'map' && !isPassedOver ? document.root.entries : [];
  const settings = entries.flatMap((entry): K3sSetting[] => {
    const key = k3sKey(plainKey(entry));
    return key === undefined ? [] : [{ key, entry, values: valuesOf(key, entry.value, text) }];
  });
  return { path, text, document, unread, entries, settings, role, version, elsewhere: new Set(), isPassedOver };
}

/** The key without the `+` that adds to the values of earlier files. */
export function plainKey(entry: YamlEntry): string {
  return entry.key.endsWith('+') ? entry.key.slice(0, -1) : entry.key;
}

/** Whether the file is one of several that are read together, so that what it lacks may stand in another. */
export function isDropIn(path: string): boolean {
  return /\.ya?ml\.d\/[^/]+$/i.test(path.replaceAll('\\', '/'));
}

/**
 * Whether a file lies where drop-ins do and is none: k3s reads files that end in .yaml or .yml, in any case, and no
 * folders below (k3s-io/k3s pkg/configfilearg/parser.go).
 */
export function isUnreadDropIn(path: string): boolean {
  const name = /\.ya?ml\.d\/([\s\S]+)$/.exec(path.replaceAll('\\', '/'))?.[1];
  return name !== undefined && (name.includes('/') || !/\.ya?ml$/i.test(name));
}

/** The main file that a drop-in belongs to; a main file is its own. */
export function mainPath(path: string): string {
  return /^(.*)\.d\/[^/]+$/.exec(path.replaceAll('\\', '/'))?.[1] ?? path.replaceAll('\\', '/');
}

/**
 * The file with what the other files of its node set, so that nothing is missed that stands there, and without what a file
 * in `later` throws away by giving the key anew: k3s never looks at that.
 */
export function besides(
  analysis: K3sAnalysis,
  others: readonly K3sAnalysis[],
  later: readonly K3sAnalysis[] = [],
): K3sAnalysis {
  if (others.length === 0) return analysis;
  const elsewhere = new Set(others.flatMap((other) => other.settings.map((setting) => setting.key.key)));
  const renewed = new Set(
    later.flatMap(({ settings }) => settings.flatMap(({ key, entry }) => (entry.key.endsWith('+') ? [] : [key]))),
  );
  return { ...analysis, elsewhere, settings: analysis.settings.filter(({ key }) => !renewed.has(key)) };
}

/** The last setting of `key`: the one that counts. */
export function settingOf({ settings }: K3sAnalysis, key: string): K3sSetting | undefined {
  return settings.findLast((each) => each.key.key === key);
}

/** The values that count for `key`: of the last plain entry and everything that `key+` adds after it. */
export function valuesFor({ settings }: K3sAnalysis, key: string): readonly K3sValue[] {
  const own = settings.filter((each) => each.key.key === key);
  const from = Math.max(
    0,
    own.findLastIndex((each) => !each.entry.key.endsWith('+')),
  );
  return own.slice(from).flatMap((each) => each.values);
}

/** The one value that counts for `key`, if it is there and not left for somebody to fill in. */
export function valueFor(analysis: K3sAnalysis, key: string): K3sValue | undefined {
  const value = valuesFor(analysis, key).at(-1);
  return value === undefined || value.open || value.text === '' ? undefined : value;
}

/** Whether a switch is on; false where the file does not say. */
export function isOn(analysis: K3sAnalysis, key: string): boolean {
  return parseGoBool(valueFor(analysis, key)?.text ?? '') === true;
}

/** Whether the file, or another one of its node, names a key at all, whatever its value. */
export function has(analysis: K3sAnalysis, key: string): boolean {
  return settingOf(analysis, key) !== undefined || analysis.elsewhere.has(key);
}

/** What a template or a reader fills in: `{{ x }}`, `${X}`, `<TOKEN>`, `REPLACE_NODE_NAME`. */
function isOpen(text: string): boolean {
  if (/^(?:REPLACE|YOUR|INSERT)(?:[-_][A-Z0-9_-]*|ME)$/.test(text)) return true;
  return /\{\{|\$\{|\$[A-Za-z_]|<[^<>\s][^<>]*>/.test(text);
}

function valuesOf(key: K3sKey, value: YamlValue, text: string): readonly K3sValue[] {
  if (value.kind === 'list') return value.items.flatMap((item) => valuesOfItem(key, item, text));
  return valuesOfItem(key, value, text);
}

function valuesOfItem(key: K3sKey, value: YamlValue, text: string): readonly K3sValue[] {
  const written = text.slice(value.span.start, value.span.end);
  if (value.kind !== 'scalar')
    return [{ text: written, type: 'nested', written, quoted: false, span: value.span, open: /\{\{/.test(written) }];
  const read = goScalar(value);
  const base = { type: read.type, quoted: value.quoted };
  // The blanks around an item of a list are taken off (urfave/cli v2 flag_string_slice.go), those of other texts are not.
  const trimmed = key.type === 'string-slice' ? read.text.trim() : read.text;
  if (key.commaSplit !== true || !trimmed.includes(','))
    return [{ ...base, text: trimmed, written: value.text, span: value.span, open: isOpen(value.text) }];
  // Of a text that is not written one to one (folded, escaped) the parts are not told apart by place.
  const shift = value.quoted ? 1 : 0;
  const plain = written.slice(shift, written.length - shift) === value.text;
  let at = value.span.start + shift;
  const parts = value.text.split(',');
  return parts.map((part, index) => {
    const lead = part.length - part.trimStart().length;
    const clean = part.trim();
    const span = plain ? { start: at + lead, end: at + lead + clean.length } : value.span;
    at += part.length + 1;
    const padded =
      (index > 0 && lead > 0) || (index < parts.length - 1 && part.trimEnd().length < part.length) || undefined;
    return { ...base, text: clean, written: clean, span, open: isOpen(part), ...(padded && { padded }) };
  });
}
