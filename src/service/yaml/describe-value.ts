import { parseCidr } from '../../base/address';
import { parseGoDuration } from '../../base/go-duration';
import { catalogText, type Speak, say } from '../../base/message';

/** A default that is told in words, and no value that could be written. */
export const isToldInWords = (text: string): boolean => /\w [a-z(]/.test(text);

/** What counts where nothing is given. */
export function defaultText(text: string, speak: Speak): string {
  return isToldInWords(text) ? speak(catalogText(text)) : text;
}

/** The line of a hover that says it. */
export function describeDefault(text: string, speak: Speak): string {
  return speak(say('Default: {0}', isToldInWords(text) ? defaultText(text, speak) : `\`${text}\``));
}

/** What a network or a duration comes to, in words; undefined for a text of which there is nothing to say. */
export function describeValue(text: string, isDuration: boolean, speak: Speak): string | undefined {
  if (isDuration) return describeDuration(text, speak);
  const parts = text.split(',').map((each) => each.trim());
  const lines = parts.flatMap((part) => {
    const cidr = part.includes('/') ? parseCidr(part) : undefined;
    if (cidr === undefined) return [];
    const bits = (cidr.address.family === 4 ? 32 : 128) - cidr.prefix;
    const count = bits <= 32 ? String(2 ** bits).replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',') : `2^${bits}`;
    return [speak(say('{0} holds {1} addresses', `\`${part}\``, count))];
  });
  return lines.length === parts.length && lines.length > 0 ? lines.join('\n\n') : undefined;
}

/** `8760h` in days, `90m` in hours and minutes; nothing for what is said in one unit already. */
function describeDuration(text: string, speak: Speak): string | undefined {
  const length = parseGoDuration(text);
  if (length === undefined || length < 60_000) return undefined;
  const seconds = Math.round(length / 1000);
  const [days, hours, minutes, rest] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
    seconds % 60,
  ];
  const parts = [
    ...(days > 0 ? [speak(days === 1 ? say('1 day') : say('{0} days', days))] : []),
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(rest > 0 ? [`${rest} s`] : []),
  ];
  return speak(say('{0} is {1}', `\`${text}\``, parts.join(' ')));
}
