import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import type { Word } from '../../../syntax/haproxy/line';
import type { Reader } from '../reader';
import { addressFault } from '../values';
import { expected } from '../visit';

const fixedAddress = { required: false, range: false, offset: false, nonZero: false } as const;

export function readSource(reader: Reader, args: readonly Word[]): void {
  const [address, how, second] = args;
  reader.expect(address, expected.address);
  reader.expect(how, { kind: 'words', words: ['usesrc', 'interface'] });
  if (how?.text === 'usesrc') reader.expect(second, { kind: 'words', words: ['clientip', 'client', 'hdr_ip('] });
  for (const each of [address, how?.text === 'usesrc' ? second : undefined]) {
    if (
      each === undefined ||
      each.open ||
      ['client', 'clientip'].includes(each.text) ||
      each.text.startsWith('hdr_ip(')
    )
      continue;
    const fault = addressFault(each.text, fixedAddress, reader.release);
    if (fault !== undefined) reader.report('bad-value', each, fault);
  }
  if (how === undefined || how.open) return;
  if (how.text !== 'usesrc' && how.text !== 'interface')
    reader.report('bad-value', how, say('"{0}" is not possible here; expected: {1}', how.text, 'usesrc, interface'), {
      suggestion: nearest(how.text, ['usesrc', 'interface']),
    });
  else if (second === undefined)
    reader.report('missing-argument', how, say('a value is missing behind "{0}"', how.text));
  else {
    const next = args[3];
    if (next !== undefined && !next.open && next.text !== 'interface' && next.text !== 'usesrc')
      reader.report(
        'bad-value',
        next,
        say('"{0}" is not possible here; expected: {1}', next.text, 'usesrc, interface'),
        { suggestion: nearest(next.text, ['usesrc', 'interface']) },
      );
  }
}
