import { say } from '../../../base/message';
import { valuesOf } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';

export function readErrorCode(reader: Reader, args: readonly Word[]): void {
  const [code, file] = args;
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
}
