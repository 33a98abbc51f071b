import type { Program } from '../world';
import { readOptions } from './options';

/** `journalctl -u UNIT`: what the units of this machine have said, oldest first. */
export const journalctl: Program = (call) => {
  const options = readOptions(call.args, ['u', 'unit', 'n', 'lines', 'S', 'since', 'o', 'output', 't', 'b']);
  const unit = (options.value('u', 'unit') ?? '').replace(/\.service$/, '');
  const since = /^@(\d+)/.exec(options.value('S', 'since') ?? '')?.[1];
  const { aheadMs } = call.machine;
  const lines = call.machine.cluster
    .journalOf(call.machine, unit)
    .map(({ atMs, text }) => ({ atMs: atMs + aheadMs, text }))
    .filter((each) => since === undefined || each.atMs >= Number(since) * 1000);
  const most = Number(options.value('n', 'lines') ?? lines.length);
  for (const { atMs, text } of lines.slice(Math.max(0, lines.length - most))) {
    const plain = options.value('o', 'output') === 'cat';
    call.out(
      plain
        ? `${text}\n`
        : `${new Date(atMs).toISOString().slice(0, 19)}+0000 ${call.machine.name} ${unit}[76]: ${text}\n`,
    );
  }
  return 0;
};
