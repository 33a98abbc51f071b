import { FileError } from '../file-tree';
import { complain } from '../program';
import type { Call } from '../world';

/** `dd` for whole files and small patches of them: `if= of= bs= count= skip= seek= conv=notrunc`. */
export function dd(call: Call): number {
  const values = new Map(
    call.args.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  const number = (name: string, otherwise: number) => {
    const [, digits, unit = ''] = /^(\d+)([kMG]?)$/.exec(values.get(name) ?? '') ?? [];
    return digits === undefined ? otherwise : Number(digits) * ({ k: 1024, M: 1024 ** 2, G: 1024 ** 3 }[unit] ?? 1);
  };
  const { files } = call.machine;
  const block = number('bs', 512);
  const [source, target] = [values.get('if'), values.get('of')];
  try {
    const all = source === undefined ? call.stdin.all() : files.read(call.path(source));
    const start = number('skip', 0) * block;
    const bytes = all.subarray(start, start + number('count', Number.POSITIVE_INFINITY) * block);
    if (target === undefined) call.out(bytes);
    else {
      const path = call.path(target);
      const before = files.get(path)?.kind === 'file' ? files.read(path) : Buffer.alloc(0);
      const at = number('seek', 0) * block;
      const head = Buffer.concat([before.subarray(0, at), Buffer.alloc(Math.max(0, at - before.length))]);
      const tail = values.get('conv') === 'notrunc' ? before.subarray(at + bytes.length) : Buffer.alloc(0);
      files.write(path, Buffer.concat([head, bytes, tail]));
    }
    if (values.get('status') !== 'none') call.err(`${bytes.length} bytes copied\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return complain(call, `failed to open '${target ?? source ?? ''}': ${error.message}`);
  }
}
