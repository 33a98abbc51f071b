import { type Argument, type BlockInfo, type Keyword, manualUrl } from '../../catalog/keepalived';

/** What a keyword is, takes and defaults to, in markdown. */
export function describe(keyword: Keyword | BlockInfo, args: readonly Argument[]): string {
  const usage = [keyword.name, ...args.map(placeholder)].join(' ');
  const row = keyword as Keyword;
  const facts = [
    row.default === undefined
      ? ''
      : `Default: ${row.default}${row.unit !== undefined && /^[\d.]+$/.test(row.default) ? ` ${row.unit}` : ''}`,
    row.unit === undefined || row.default !== undefined ? '' : `Unit: ${row.unit}`,
    keyword.since === undefined ? '' : keyword.since === '2.5.0' ? 'In no release yet' : `Since ${keyword.since}`,
    keyword.deprecated === undefined
      ? ''
      : `Deprecated since ${keyword.deprecated}${keyword.replacement === undefined ? '' : `, use ${keyword.replacement}`}`,
    row.removed === undefined ? '' : `Removed in ${row.removed}`,
  ].filter((each) => each !== '');
  return `\`${usage}\`\n\n${keyword.text}\n\n${facts.map((each) => `${each}  \n`).join('')}\n[Manual](${manualUrl})`;
}

/** A value as it stands in a usage: `<int 1 to 255>`, `<MASTER|BACKUP>`. */
export function placeholder({ type, parameters, optional }: Argument): string {
  const [min, max] = parameters;
  const range = max === undefined || max === '' ? '' : ` ${min} to ${max}`;
  const name = type === 'enum' || type === 'ienum' ? (min ?? '') : type === 'bool' ? 'on|off' : `${type}${range}`;
  return optional ? `[${name}]` : `<${name}>`;
}
