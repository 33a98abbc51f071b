import { say } from '../../../base/message';
import type { Word } from '../../../syntax/haproxy/line';
import { readAcl } from '../condition';
import type { Reader } from '../reader';
import { expected } from '../visit';

export function readAclLine(reader: Reader, args: readonly Word[]): void {
  const [name, criterion] = args;
  reader.expect(name, expected.name);
  if (name === undefined || criterion === undefined) return;
  if (!name.open && (/[^\w.:-]/.test(name.text) || name.text === 'or')) {
    reader.report(
      'bad-condition',
      name,
      say('"{0}" cannot be the name of an ACL: letters, digits, ".", ":", "_" and "-" can', name.text),
    );
    return;
  }
  readAcl(reader, args.slice(1), criterion);
}
