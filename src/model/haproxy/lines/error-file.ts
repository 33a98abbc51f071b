import { say } from '../../../base/message';
import { type Release, valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';

/** From here on a third word is refused; before, it was passed over. */
const surplusRefused: Release = 300;

export function readErrorCode(reader: Reader, args: readonly Word[]): void {
  const [code, file, surplus] = args;
  reader.expect(code, { kind: 'words', words: valuesOf('errorfile.code').keys() });
  reader.expectNode(file, argumentNode('file', 'file'));
  if (code !== undefined && !code.open && !valuesOf('errorfile.code').has(/^\d+/.exec(code.text)?.[0] ?? ''))
    reader.report(
      'bad-value',
      code,
      say(
        '"{0}" is not a status with an error page; they are: {1}',
        code.text,
        [...valuesOf('errorfile.code').keys()].join(', '),
      ),
    );
  else if (
    surplus !== undefined &&
    !surplus.open &&
    reader.section !== 'http-errors' &&
    reader.release >= surplusRefused
  )
    reader.report('surplus-argument', surplus, say('"{0}" is not expected here: {1}', surplus.text, '<code> <file>'));
}
