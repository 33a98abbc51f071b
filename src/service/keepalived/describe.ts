import { catalogText, render, type Speak, say } from '../../base/message';
import { type Argument, type BlockInfo, type Keyword, manualUrl } from '../../catalog/keepalived';

/** What a keyword is, takes and defaults to, in markdown. */
export function describe(keyword: Keyword | BlockInfo, args: readonly Argument[], speak: Speak = render): string {
  const usage = [keyword.name, ...args.map(placeholder)].join(' ');
  const facts = factsOf(keyword, speak).map((each) => `${each}  \n`);
  return `\`${usage}\`\n\n${speak(catalogText(keyword.text))}\n\n${facts.join('')}\n[${speak(say('Manual'))}](${manualUrl})`;
}

function factsOf(keyword: Keyword | BlockInfo, speak: Speak): string[] {
  const row = keyword as Keyword;
  const { since, deprecated, replacement } = keyword;
  const unit = row.unit === undefined ? '' : speak(catalogText(row.unit));
  const facts: string[] = [];
  if (row.default !== undefined) {
    const value = speak(catalogText(row.default));
    facts.push(speak(say('Default: {0}', unit !== '' && /^[\d.]+$/.test(value) ? `${value} ${unit}` : value)));
  } else if (unit !== '') facts.push(speak(say('Unit: {0}', unit)));
  if (since !== undefined) facts.push(speak(since === '2.5.0' ? say('In no release yet') : say('Since {0}', since)));
  const instead = replacement === undefined ? undefined : speak(catalogText(replacement));
  if (deprecated !== undefined)
    facts.push(
      speak(
        instead === undefined
          ? say('Deprecated since {0}', deprecated)
          : say('Deprecated since {0}, use {1}', deprecated, instead),
      ),
    );
  if (row.removed !== undefined)
    facts.push(
      speak(
        instead === undefined || deprecated !== undefined
          ? say('Removed in {0}', row.removed)
          : say('Removed in {0}, use {1}', row.removed, instead),
      ),
    );
  return facts;
}

/** A value as it stands in a usage: `<int 1 to 255>`, `<MASTER|BACKUP>`. */
export function placeholder({ type, parameters, optional }: Argument): string {
  const [min, max] = parameters;
  const range = max === undefined || max === '' ? '' : ` ${min} to ${max}`;
  const name = type === 'enum' || type === 'ienum' ? (min ?? '') : type === 'bool' ? 'on|off' : `${type}${range}`;
  return optional ? `[${name}]` : `<${name}>`;
}
