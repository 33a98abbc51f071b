import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why `keepalived -t` cannot be asked here; false when it can. It wants the interfaces that a file names, so it gets a network of its own. */
export const keepalivedMissing: string | false =
  spawnSync('keepalived', ['--version']).status !== 0
    ? 'keepalived is not installed'
    : spawnSync('unshare', ['--net', 'true']).status !== 0
      ? 'a network namespace cannot be made here'
      : false;

const script = `
cd "$1"; shift
for name in "$@"; do ip link add "$name" type bridge 2>/dev/null; ip link set "$name" up 2>/dev/null; done
for file in *.conf; do timeout 60 keepalived -t -f "$file" >"$file.out" 2>&1; echo $? >>"$file.out"; done
`;

/** What `keepalived -t` prints about each text and its exit code, in a network that has the interfaces of the texts. */
export function askKeepalived(texts: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'haven-keepalived-'));
  try {
    const names = texts.map((text, i) => {
      const name = `${String(i).padStart(4, '0')}.conf`;
      writeFileSync(join(folder, name), text);
      return name;
    });
    const interfaces = new Set(
      texts.flatMap((text) => text.match(/\b(?:eth|ens|enp|eno|bond|br|wlan|veth|dummy)[\w.]{0,12}/g) ?? []),
    );
    spawnSync('unshare', ['--net', 'sh', '-c', script, 'sh', folder, ...interfaces], { timeout: 900_000 });
    return names.map((name) =>
      readFileSync(join(folder, `${name}.out`), 'utf8')
        .replaceAll(name, 'FILE')
        .replaceAll(folder, 'FOLDER'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
