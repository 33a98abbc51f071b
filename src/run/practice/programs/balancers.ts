import { complaintAbout } from '../balancer';
import type { Call, Program } from '../world';
import { readOptions } from './options';

function check(call: Call, path: string | undefined): string | undefined {
  const at = call.path(path ?? '');
  if (path === undefined || !call.machine.files.has(at)) return `Could not open file ${path ?? ''}\n`;
  return complaintAbout(call.name.split('/').at(-1) ?? '', path, call.machine.files.text(at));
}

/** `haproxy -c -f FILE` and `haproxy -v`, in the words of 2.6. */
export const haproxy: Program = (call) => {
  const options = readOptions(call.args, ['f']);
  if (options.has('v')) {
    call.out('HAProxy version 2.6.12-1+deb12u4 2026/01/01 - https://haproxy.org/\n');
    return 0;
  }
  const wrong = check(call, options.value('f'));
  if (wrong === undefined) call.out('Configuration file is valid\n');
  else call.err(wrong);
  return wrong === undefined ? 0 : 1;
};

/** `keepalived -t -f FILE`, in the words of 2.2.7: it says 0 when the file is not there, and 5 when it is wrong. */
export const keepalived: Program = (call) => {
  const options = readOptions(call.args, ['f', 'use-file']);
  const path = options.value('f', 'use-file') ?? '/etc/keepalived/keepalived.conf';
  if (!call.machine.files.has(call.path(path))) {
    call.err(`Config files missing '${path}'.\n`);
    return 0;
  }
  const wrong = check(call, path);
  if (wrong !== undefined) call.err(wrong);
  return wrong === undefined ? 0 : 5;
};
