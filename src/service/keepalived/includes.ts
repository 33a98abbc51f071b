import { type Message, type Speak, say } from '../../base/message';
import { manualUrl } from '../../catalog/keepalived';

interface IncludeKeyword {
  readonly keyword: string;
  readonly since: string;
  readonly text: Message;
}

/** The lines that read other files, and what keepalived does when they cannot be read (`read_conf_file` in lib/parser.c). */
export const includeKeywords: readonly IncludeKeyword[] = [
  {
    keyword: 'include',
    since: '1.1.2',
    text: say('Reads other files in this place; none that fits is only remarked.'),
  },
  {
    keyword: 'includer',
    since: '2.2.1',
    text: say('Reads other files in this place; one that cannot be read is an error.'),
  },
  {
    keyword: 'includem',
    since: '2.2.1',
    text: say('Reads other files in this place; without a wildcard a missing one is an error.'),
  },
  {
    keyword: 'includew',
    since: '2.2.1',
    text: say('Reads other files in this place; none that fits is an error, with a wildcard too.'),
  },
  {
    keyword: 'includeb',
    since: '2.2.1',
    text: say('Reads other files in this place; an alternative in braces that no file fits is an error.'),
  },
  {
    keyword: 'includea',
    since: '2.2.1',
    text: say('Reads other files in this place; everything that is wrong with them is an error.'),
  },
];

export function describeInclude({ keyword, since, text }: IncludeKeyword, speak: Speak): string {
  const release = speak(say('Since {0}', since));
  return `\`${keyword} <path>\`\n\n${speak(text)}\n\n${release}  \n\n[${speak(say('Manual'))}](${manualUrl})`;
}
