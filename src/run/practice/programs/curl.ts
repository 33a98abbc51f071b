import type { Program } from '../world';
import { readOptions } from './options';

const withValue = [
  'm',
  'X',
  'd',
  'o',
  'w',
  'cacert',
  'cert',
  'key',
  'max-time',
  'data',
  'request',
  'connect-timeout',
  'H',
  'resolve',
];

/** `curl`: what listens on the machine and on the cluster's addresses answers; nothing else is reached. */
export const curl: Program = async (call) => {
  const options = readOptions(call.args, withValue);
  const url = options.rest[0] ?? '';
  const hasCertificate = options.has('cert') && options.has('key');
  const body = options.value('d', 'data') ?? '';
  const answer = await call.machine.cluster.request(call.machine, { url, body, hasCertificate });
  if (answer === undefined) {
    if (options.has('w'))
      call.out(
        options
          .value('w')
          ?.replace(/%\{http_code\}/g, '000')
          .replace(/\\n/g, '\n') ?? '',
      );
    if (!options.has('s') || options.has('S')) call.err('curl: (7) Failed to connect: Connection refused\n');
    return 7;
  }
  if (options.has('f') && answer.status >= 400) return 22;
  const path = options.value('o');
  if (path === undefined) call.out(answer.body);
  else if (path !== '/dev/null') call.machine.files.write(call.path(path), answer.body);
  if (options.has('w')) {
    call.out((options.value('w') ?? '').replace(/%\{http_code\}/g, String(answer.status)).replace(/\\n/g, '\n'));
  }
  return 0;
};

export const wget: Program = async (call) => {
  const options = readOptions(call.args, ['T', 'O', 't']);
  const url = options.rest[0] ?? '';
  const answer = await call.machine.cluster.request(call.machine, { url, body: '', hasCertificate: false });
  if (answer === undefined || answer.status >= 400) return 4;
  call.out(answer.body);
  return 0;
};
