import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PracticeCluster } from '../../../src/run/practice/practice-cluster';

/** Scripts whose output and exit code must be the same in the practice shell and in the `sh` of this machine. */
const scripts: readonly string[] = [
  'echo hello world',
  'printf "%s|%d|%5s|%-4s|%03d\\n" a 7 b c 5',
  'printf "%s\\n" one two three',
  'a=1; b="$a 2"; echo "$b" \'$b\' $b',
  'a=; echo "${a:-empty}" "${a-set}" "${b:=new}" "$b" ${a:+no} ${b:+yes}',
  'set -- ${a:-""}; echo $#; set -- ${a:-one "two three" four}; echo $#; set -- ${a:-a;b|c}; echo "$1" $#',
  'set -- ${a:-$(printf "x y")}; echo $#; set -- ${a:-$none}; echo $#; set -- "p q" r; set -- ${1+"$@"}; echo $# "$1"; set -- ""; echo $#',
  'set -- ${a:-"x$((1 + 1))"\\} y} "${a:-it is $(echo so)}"; echo $#; printf "<%s>" "$@"; echo a\\\nb',
  'p=/var/lib/file.tar.gz; echo "${p##*/}" "${p#*/}" "${p%.*}" "${p%%.*}" "${#p}"',
  'for x in a "b c" d; do echo "<$x>"; done',
  'set -- "one two" three; for x; do echo "<$x>"; done; for x in $*; do echo "($x)"; done; echo "$# $1"',
  'f() { echo "in $1"; return 3; }; f x; echo $?',
  'f() { local a=2; echo $a; }; a=1; f; echo $a',
  'if [ 1 -lt 2 ] && [ -z "" ]; then echo yes; elif true; then echo maybe; else echo no; fi',
  'if [ ! -e missing ]; then echo none; fi; [ -f file ] && echo there; [ -d folder ] && echo folder; [ -s empty ] || echo empty',
  'case abc.zip in *.tar) echo tar;; *.zip|*.gz) echo packed;; *) echo plain;; esac',
  'case "a b" in "a "*) echo quoted;; esac; case x in [!a-w]) echo outside;; esac; case 5 in [[:digit:]]) echo digit;; esac',
  'i=0; while [ $i -lt 5 ]; do i=$((i + 1)); [ $i -eq 2 ] && continue; [ $i -eq 4 ] && break; echo $i; done',
  'until false || true; do echo never; done; echo after',
  'echo $((1 + 2 * 3)) $((7 / 2)) $((7 % 4)) $(( (1 + 2) * 3 )) $((5 > 3 && 2 != 2))',
  'x=$(printf "a\\nb\\n\\n"); echo "[$x]"; echo [$x]',
  'echo `echo nested $(echo deep)`',
  "cat <<EOF\nvalue $((1+1)) $(echo run) \\$plain\nEOF\ncat <<'EOF'\nraw $x\nEOF",
  'cat <<-EOF\n\ttabbed\n\tEOF\necho done',
  'echo to-file >out; cat out; echo more >>out; cat <out; wc -l <out',
  'echo lost >/dev/null; { echo one; echo two >&2; } 2>&1 | sort -r',
  'ls missing 2>/dev/null || echo "code $?"',
  '(cd folder && echo inner >made; exit 4); echo $?; ls folder',
  '{ false; }; echo $?; ! false; echo $?; true && false || echo or',
  'set -e; false || true; echo on; false; echo never',
  'set -u; echo "${none-fine}"; echo "$none"; echo never',
  '(set -C; echo x >file) 2>/dev/null; echo $?; cat file',
  'trap "echo bye" EXIT; echo hi; exit 5',
  'printf "b\\na\\nb\\n" | sort | uniq -c | tr -s " "',
  'printf "1 a\\n2 b\\n" | while read -r n l; do echo "$l=$n"; done',
  'IFS=:; set -- $(echo a:b::c); echo $# "$4"',
  'printf "x=1\\ny=2\\n" | cut -d= -f2; echo a:b:c | cut -d: -f2-',
  'printf "one\\ntwo\\nthree\\n" | grep -c t; printf "one\\ntwo\\n" | grep -v one; printf "aXbXc" | tr X "\\n"; echo; grep -q nothing file; echo $?',
  'printf "a.b\\naxb\\n" | grep -F a.b; printf "k: v\\n" | sed "s/^k: //"; printf "a\\nb\\nc\\n" | sed -n "2p"; printf "a\\nb\\n" | sed "/a/d"',
  'printf "1\\n2\\n3\\n4\\n" | head -n 2; printf "1\\n2\\n3\\n" | tail -n 1; printf abcdef | tail -c 2; echo; printf abcdef | head -c -2; echo',
  'printf "\\001\\377A" | od -An -v -tx1 | tr -d " \\n"; echo; printf hello | sha256sum | cut -d " " -f 1',
  'mkdir -p x/y/z && touch x/y/z/f && mv x/y x/w && find x -type f | sort; rm -rf x; [ -e x ] || echo gone',
  'cp -p file copy && cmp -s file copy && echo same; mv copy folder/ && ls folder/copy; rm folder/copy',
  'mkdir d1 d2; echo 1 >d1/f; mv d1 d2; ls d2/d1; mv -T d2 d3; ls; rm -r d3',
  'touch "with space" "quote\'s" -- -dash; for f in *s*; do echo "<$f>"; done; rm -f -- "with space" "quote\'s" -dash',
  'echo f*e "f*e" missing*; echo */',
  'basename /a/b.txt .txt; dirname /a/b.txt; command -v nothing; echo $?',
  'x="a  b"; echo $x; echo "$x"; y=\'*\'; echo "$y"',
  'eval "echo \\$((2+3))"; v=name; eval "$v=value"; echo $name',
  'sh -c \'echo "$0 $1 $2"\' zero "one 1" two; sh -c "exit 9"; echo $?',
  'echo "tab	in" "dollar \\$ quote \\" back \\\\ tick \\`"',
  'a=1 b=2; (a=5; echo $a); echo $a$b; unset a; echo "[$a]"',
  "env A=1 sh -c 'echo $A'; A=2 sh -c 'echo $A'; export B=3; sh -c 'echo $B'",
  'test -n "" -o 1 = 1 && echo or; test 1 = 1 -a 2 = 3 || echo and; [ "(" = "(" ] && echo paren',
  'umask 077; echo s >secret; stat -c "%a %s" secret; chmod 0640 secret; stat -c %a secret',
  'echo a; # comment\necho b # another\necho "c # not"; echo d#no',
  'if true; then\n  echo split \\\n    line\nfi',
  'printf "%s\\n" "a b" "c" | xargs echo; seq 3 | tr "\\n" ","; echo',
  'readlink link; cat link; [ -L link ] && echo is-link',
  'f() { cat; }; echo piped | f; echo x | { read -r v; echo "got $v"; }',
  'case $(echo many words) in "many words") echo whole;; esac',
  'x=5; echo "${x%5}${x:-6}" "${y:-$(echo made up)}" "${y:-"in quotes"}"',
  'n=0; for f in file empty missing; do [ -f "$f" ] || continue; n=$((n+1)); done; echo $n',
  'exec 2>/dev/null; ls missing; echo still',
  'echo "$(cat file)" | base64; printf aGk= | base64 -d; echo',
];

const hasSh = spawnSync('sh', ['-c', 'readlink /proc/self/exe; stat --version'], { encoding: 'utf8' });
const skip = hasSh.status === 0 && hasSh.stdout.includes('GNU') ? false : 'no GNU system to compare with';

describe('the shell of a practice machine', { skip }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-shell-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [index, script] of scripts.entries()) {
    test(script, async () => {
      const real = join(folder, String(index));
      mkdirSync(join(real, 'folder'), { recursive: true });
      writeFileSync(join(real, 'file'), 'content\n');
      writeFileSync(join(real, 'empty'), '');
      spawnSync('ln', ['-s', 'file', join(real, 'link')]);
      const expected = spawnSync('sh', ['-c', script], {
        cwd: real,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '' },
      });

      const cluster = new PracticeCluster(() => Date.UTC(2026, 10, 21));
      const machine = cluster.nodes[0]!;
      machine.files.makeFolders(join(real, 'folder'));
      machine.files.write(join(real, 'file'), 'content\n');
      machine.files.write(join(real, 'empty'), '');
      machine.files.link('file', join(real, 'link'));
      const quoted = `'${script.replaceAll("'", "'\\''")}'`;
      const answer = await machine.exec(`cd ${real} && sh -c ${quoted}`);
      assert.deepEqual({ code: answer.code, out: answer.stdout }, { code: expected.status, out: expected.stdout });
    });
  }

  test('a script that no shell would begin is refused, and does nothing', async () => {
    const machine = new PracticeCluster(() => 0).nodes[0]!;
    for (const script of ['if true; then', 'echo "open', 'for; do', '| cat', 'case x in a) echo', ')']) {
      const { code, stdout } = await machine.exec(`sh -c '${script}'`);
      assert.equal(code, 2, script);
      assert.equal(stdout, '', script);
    }
  });

  test('a machine that loses its power answers nobody', async () => {
    const cluster = new PracticeCluster(() => 0, {
      sleep: async () => {
        machine.boots++;
      },
    });
    const machine = cluster.nodes[0]!;
    await assert.rejects(machine.exec('sleep 5; echo never'), /cp1 is gone/);
  });
});
