import { complain, type Program } from '../program';
import { readOptions } from './options';

/**
 * `openssl x509 -noout -enddate -in FILE`. The certificates of practice machines are texts with a line `notAfter=` in
 * them, not real ones.
 */
export const openssl: Program = (call) => {
  const options = readOptions(
    call.args.map((each) => each.replace(/^-([a-z])(?=[a-z]+$)/, '--$1')),
    ['in', 'ext'],
  );
  const path = call.args[call.args.indexOf('-in') + 1] ?? '';
  if (options.rest[0] !== 'x509') return complain(call, `Error: unknown command '${options.rest[0] ?? ''}'`);
  const text = call.machine.files.textOr(call.path(path), '');
  const end = /^notAfter=.*$/m.exec(text)?.[0];
  if (end === undefined) {
    call.err(`Could not read certificate from ${path}\n`);
    return 1;
  }
  call.out(`${end}\n`);
  return 0;
};
