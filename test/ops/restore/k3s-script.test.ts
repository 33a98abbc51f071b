import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { k3sRestoreScript } from '../../../src/ops/restore/k3s-script';
import { restoreScriptPath } from '../../../src/ops/restore/restore-place';
import { zipOf } from '../../../src/run/practice/k3s/zip';

const stamp = '20261121-070000';
const data = '/var/lib/rancher/k3s';
const database = Buffer.alloc(512 * 40, 'etcd');
const hash = createHash('sha256').update(database).digest();
const snapshot = Buffer.concat([database, hash]);

/** Plays what the script asks for; what k3s does is said by the file `mode`. */
const programs: Readonly<Record<string, string>> = {
  systemctl: `case $1 in
is-active) cat "$ROOT/unit" ;;
stop) echo inactive >"$ROOT/unit" ;;
start) [ -e "$ROOT/etc/systemd/system/k3s.service.d/90-haven-restore.conf" ] && exit 1; echo active >"$ROOT/unit" ;;
esac`,
  k3s: `[ "$1" = server ] || exit 0
B=$ROOT${data}/server/db
cat "$3" >"$ROOT/config-seen"
for word; do case $word in --cluster-reset-restore-path=*) file=\${word#*=};; esac; done
mv "$B/etcd" "$B/etcd-old-$(date +%s)"
echo wrong >"$ROOT${data}/server/token"
case $(cat "$ROOT/mode") in
refuse) echo 'level=fatal msg="bootstrap data already found"'; exit 1;;
esac
mkdir -p "$B/etcd/member/snap" && cp "$file" "$B/etcd/member/snap/db"
: >"$B/reset-flag"
echo 'level=error msg="Managed etcd cluster membership has been reset, restart"'`,
};

/** A server whose paths lie below a folder, with this machine's own shell. */
class Server {
  readonly root = mkdtempSync(join(tmpdir(), 'haven-restore-'));

  constructor(private readonly shell: string) {
    for (const [name, text] of Object.entries(programs)) {
      this.write(`/bin/${name}`, `#!/bin/sh\nROOT='${this.root}'\n${text}\n`);
      chmodSync(join(this.root, 'bin', name), 0o755);
    }
    this.write('/unit', 'active\n');
    this.write('/mode', 'good\n');
    this.write(`${data}/server/token`, 'K10ab::server:good\n');
    this.write(`${data}/server/cred/passwd`, 'good\n');
    this.write(`${data}/server/db/etcd/member/snap/db`, 'former');
    this.write('/etc/rancher/k3s/config.yaml', 'server: https://x:6443\ntoken: good\netcd-s3: true\n');
    this.write('/etc/rancher/k3s/config.yaml.d/10-more.yaml', '"server": https://y:6443\nnode-ip: 10.0.0.1\n');
    this.write('/root/snapshot', snapshot);
    const text = k3sRestoreScript({ stamp, dataDir: data });
    const here = text.replace(/(?<=[\s=:"'(#])\/(var|etc|run)\//g, `${this.root}/$1/`);
    // A k3s of this machine, or of a lab on it, is none of this server's.
    this.write(restoreScriptPath(stamp), here.replace('/proc/[0-9]*/comm', `${this.root}/proc/[0-9]*/comm`));
  }

  write(path: string, content: string | Buffer): void {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
  }

  text(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  act(...words: readonly string[]) {
    const given = words.map((each) => (each.startsWith('/root/') ? join(this.root, each) : each));
    const [program = 'sh', ...first] = this.shell.split(' ');
    const result = spawnSync(program, [...first, join(this.root, restoreScriptPath(stamp)), ...given], {
      env: { PATH: `${join(this.root, 'bin')}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    return { code: result.status, stdout: result.stdout.trim(), stderr: result.stderr.trim() };
  }

  does(...words: readonly string[]): void {
    const { code, stderr } = this.act(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const shells = ['dash', 'bash', 'busybox sh'].filter((shell) => {
  const [program = ''] = shell.split(' ');
  return spawnSync(program, ['-c', ':'].slice(0, program === 'busybox' ? 0 : 2)).status === 0;
});

const isYes = (server: Server, name: string, ...more: string[]) => server.act(`is-${name}`, ...more).stdout === 'yes';

for (const shell of shells) {
  describe(`the script of a restore, in ${shell}`, () => {
    const on = (work: (server: Server) => void) => () => {
      const server = new Server(shell);
      try {
        work(server);
      } finally {
        server.close();
      }
    };
    const restored = (server: Server) => {
      server.does('copy', '/root/snapshot', hash.toString('hex'));
      server.does('hold');
      server.does('keep');
      server.does('reset', '30', '--node-ip', '10.0.0.1');
    };

    test(
      'a clock that was ahead at the start, and is right again, does not let it wait for the future',
      on((server) => {
        const folder = dirname(restoreScriptPath(stamp));
        const program = (name: string, text: string) => {
          server.write(`/bin/${name}`, `#!/bin/sh\nROOT='${server.root}'\n${text}\n`);
          chmodSync(join(server.root, 'bin', name), 0o755);
        };
        program('date', 'cat "$ROOT/now"');
        program('curl', 'case $* in */health) echo \'{"health":"true"}\';; *) echo etcd_server_is_learner 0;; esac');
        program(
          'k3s',
          'case $* in *readyz*) echo ok;; *lastHeartbeatTime*) cat "$ROOT/beat";; *"get node cp1 "*) echo True;; esac',
        );
        server.write(`${data}/server/db/etcd/name`, 'cp1-12345678');
        server.write(`${folder}/start`, '');
        server.write(`${folder}/started`, '2026-11-21T08:00:00Z\n');
        // It gave its last sign of life before the clock was set back.
        server.write('/now', '2026-11-21T07:01:00Z\n');
        server.write('/beat', '2026-11-21T07:00:59Z');
        assert.ok(!isYes(server, 'start'));
        server.write('/now', '2026-11-21T07:01:20Z\n');
        assert.ok(!isYes(server, 'start'));
        server.write('/beat', '2026-11-21T07:01:10Z');
        assert.ok(isYes(server, 'start'));
      }),
    );

    test(
      'the former data are not removed while the way back is half done',
      on((server) => {
        restored(server);
        server.does('start');
        server.does('back-hold');
        assert.match(server.act('discard').stderr, /the restore is not over/);
        server.does('back-data');
        assert.match(server.act('discard').stderr, /the restore is not over/);
        server.does('back-start');
        server.does('discard');
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), 'former');
      }),
    );

    test(
      'holds nothing where systemd does not read what holds it, and where a k3s still runs',
      on((server) => {
        server.write(
          '/bin/systemctl',
          `#!/bin/sh\nROOT='${server.root}'\n[ "$1" != daemon-reload ] || exit 1\n${programs.systemctl}\n`,
        );
        assert.match(server.act('hold').stderr, /systemd does not read the file/);
        assert.equal(server.text('/unit'), 'active\n');
        server.write('/bin/systemctl', `#!/bin/sh\nROOT='${server.root}'\n${programs.systemctl}\n`);
        server.does('hold');
        assert.ok(isYes(server, 'hold'));
        server.write('/proc/7/comm', 'k3s-server\n');
        for (const each of ['cat', 'grep']) {
          server.write(`/bin/${each}`, '#!/bin/sh\nexit 127\n');
          chmodSync(join(server.root, 'bin', each), 0o755);
        }
        assert.ok(!isYes(server, 'hold'));
      }),
    );

    test(
      'goes forth',
      on((server) => {
        restored(server);
        assert.ok(isYes(server, 'copy', hash.toString('hex')));
        for (const name of ['hold', 'keep', 'reset']) assert.ok(isYes(server, name), name);
        assert.equal(server.text('/config-seen'), 'token: good\n');
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), snapshot.toString());
        const [old = ''] = readdirSync(join(server.root, data, 'server/db')).filter((each) =>
          each.startsWith('etcd-old'),
        );
        assert.equal(server.text(`${data}/server/db/${old}/member/snap/db`), 'former');
        assert.ok(server.has('/etc/systemd/system/k3s.service.d/90-haven-restore.conf'));
        server.does('start');
        assert.equal(server.text('/unit'), 'active\n');
        assert.ok(!server.has('/etc/systemd/system/k3s.service.d/90-haven-restore.conf'));
        assert.ok(isYes(server, 'hold'), 'an act stays done when a later one has let the server go');
      }),
    );

    test(
      'puts everything back at once when k3s refuses',
      on((server) => {
        server.write('/mode', 'refuse\n');
        server.does('copy', '/root/snapshot', hash.toString('hex'));
        server.does('hold');
        server.does('keep');
        const { code, stderr } = server.act('reset', '30');
        assert.equal(code, 1);
        assert.match(stderr, /bootstrap data already found/);
        assert.match(stderr, /the former database is back in its place/);
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), 'former');
        assert.equal(server.text(`${data}/server/token`), 'K10ab::server:good\n');
        assert.ok(!isYes(server, 'reset'));
        server.write('/mode', 'good\n');
        server.does('reset', '30');
        assert.ok(isYes(server, 'reset'));
      }),
    );

    test(
      'goes back, and then no further forth',
      on((server) => {
        restored(server);
        server.does('start');
        for (const act of ['back-hold', 'back-data', 'back-start']) {
          assert.ok(!isYes(server, act), act);
          server.does(act);
          server.does(act);
          assert.ok(isYes(server, act), act);
        }
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), 'former');
        assert.equal(server.text(`${data}/server/token`), 'K10ab::server:good\n');
        assert.equal(server.text(`${data}/server/db/etcd-restored-${stamp}/member/snap/db`), snapshot.toString());
        assert.match(server.act('hold').stderr, /the way back of this run has begun/);
        assert.ok(!isYes(server, 'reset'));
      }),
    );

    test(
      'leaves a server alone that it has not come to',
      on((server) => {
        server.does('back-hold');
        server.does('back-data');
        server.does('back-start');
        assert.equal(server.text('/unit'), 'active\n');
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), 'former');
      }),
    );

    test(
      'puts a peer aside and back',
      on((server) => {
        assert.notEqual(server.act('aside').code, 0, 'not while it may run');
        server.does('hold');
        server.does('keep');
        server.does('aside');
        assert.ok(!server.has(`${data}/server/db`));
        server.write(`${data}/server/db/etcd/member/snap/db`, 'joined');
        for (const act of ['back-hold', 'back-data', 'back-start']) server.does(act);
        assert.equal(server.text(`${data}/server/db/etcd/member/snap/db`), 'former');
        assert.equal(server.text(`${data}/server/db-restored-${stamp}/etcd/member/snap/db`), 'joined');
      }),
    );

    test(
      'unpacks a zip and refuses what is not the snapshot',
      on((server) => {
        server.write('/root/packed.zip', zipOf('packed', snapshot, deflateRawSync(snapshot)));
        server.does('copy', '/root/packed.zip', hash.toString('hex'));
        assert.ok(isYes(server, 'copy', hash.toString('hex')));
        server.write('/root/cut', snapshot.subarray(0, 5000));
        const { code, stderr } = server.act('copy', '/root/cut', hash.toString('hex'));
        assert.equal(code, 1);
        assert.match(stderr, /damaged size 5000/);
      }),
    );
  });
}

test('the script has no syntax that a shell refuses', () => {
  for (const shell of shells) {
    const [program = '', ...first] = shell.split(' ');
    execFileSync(program, [...first, '-n'], { input: k3sRestoreScript({ stamp, dataDir: data }) });
  }
});
