import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type Message, render } from '../base/message';
import { parseVersion } from '../base/version';
import type { FormatOptions, Severities, Versions } from '../service';

/** What a client may set, under the names that VS Code's settings have behind `haven.`. */
export interface Settings {
  readonly versions: Versions;
  readonly severities: Severities;
  readonly columns: NonNullable<FormatOptions['columns']>;
  /** The `-f` arguments of every haproxy whose files were named, as the client wrote them. */
  readonly startLists: unknown;
}

const products = ['haproxy', 'keepalived', 'k3s', 'kubernetes'] as const;

/** Reads `initializationOptions` or the configuration a client sends: nested objects or names with dots, wrapped in `haven` or not. */
export function readSettings(options: unknown): Settings {
  const whole = asRecord(options);
  const given = asRecord(whole.haven ?? whole);
  const at = (...names: readonly string[]): unknown =>
    given[names.join('.')] ?? names.reduce<unknown>((value, name) => asRecord(value)[name], given);
  const versions = products.flatMap((product) => {
    const text = at(product, 'version');
    const version = typeof text === 'string' ? parseVersion(text) : undefined;
    return version === undefined ? [] : [[product, version] as const];
  });
  const columns = at('format', 'columns');
  return {
    versions: Object.fromEntries(versions),
    severities: asRecord(at('rules')) as Severities,
    columns: columns === 'single' || columns === 'align' ? columns : 'keep',
    startLists: at('haproxy', 'files') ?? [],
  };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Puts messages into the language of the client, as far as `folder` has texts in it: that of the bundle, where the build puts them. */
export function speaker(locale: string | undefined, folder: string = __dirname): (message: Message) => string {
  const language = /^[a-z]{2}/i.exec(locale ?? '')?.[0].toLowerCase() ?? 'en';
  const path = join(folder, `texts-${language}.json.br`);
  if (!existsSync(path)) return (message) => render(message);
  const texts = JSON.parse(brotliDecompressSync(readFileSync(path)).toString()) as Readonly<Record<string, string>>;
  return (message) => render(message, (template) => texts[template]);
}
