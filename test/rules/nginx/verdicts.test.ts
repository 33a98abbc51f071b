import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { Workspace } from '../../../src/service';

const errorsIn = (text: string) => {
  const workspace = new Workspace();
  workspace.open('nginx.conf', text, 'nginx');
  return workspace.diagnose('nginx.conf').filter((each) => each.severity === 'error');
};

/** Load balancers with one thing changed in each, and what `nginx -t` 1.22.1 with its stream module said (1: refused). */
const rows = JSON.parse(readFileSync('test/rules/nginx/verdicts.json', 'utf8')) as readonly (readonly [
  string,
  0 | 1,
])[];

test('lines of stream are judged as nginx judges them', () => {
  const wrong = rows.flatMap(([text, refused]) => {
    const errors = errorsIn(text);
    return errors.length > 0 === (refused === 1) ? [] : [`${text}${errors.map((each) => render(each.message)).join()}`];
  });
  assert.deepEqual(wrong, []);
});

/** One line at a place of a load balancer, or a whole file, and what the same nginx said of it. */
const lines = JSON.parse(readFileSync('test/rules/nginx/lines.json', 'utf8')) as readonly (readonly [
  place: string,
  line: string,
  refused: 0 | 1,
])[];

const servers = ['server 192.0.2.11:6443;', 'server 192.0.2.12:6443;'];
const front = ['listen 6443;', 'proxy_pass api;', 'proxy_timeout 10m;', 'proxy_connect_timeout 3s;'];

function whole(place: string, line: string): string {
  if (place === 'whole') return line;
  const name = line.split(/[ ;]/)[0];
  const others = front.filter((each) => place === 'pass' || place === 'listen' || !each.startsWith(`${name} `));
  const own =
    {
      srv: [...others, line],
      listen: [line, ...front.slice(1)],
      pass: ['listen 6443;', line],
    }[place] ?? front;
  const upstream = place === 'up' ? [...servers, line] : servers;
  const main = place === 'main' ? `${line}\n` : '';
  const stream = place === 'st' ? `${line}\n` : '';
  return `events {}\n${main}stream {\n${stream}upstream api {\n${upstream.join('\n')}\n}\nserver {\n${own.join('\n')}\n}\n}\n`;
}

test('a line at any place of stream is judged as nginx judges it', () => {
  const wrong = lines.flatMap(([place, line, refused]) => {
    const errors = errorsIn(whole(place, line));
    const said = errors.map((each) => render(each.message)).join();
    return errors.length > 0 === (refused === 1) ? [] : [`${place} ${line} ${said}`];
  });
  assert.deepEqual(wrong, []);
});

test("an unknown host, an open word and a comment in place of lines are nobody's fault", () => {
  for (const [place, line] of [
    ['listen', 'listen ${ADDRESS}:6443 ${OPTIONS};'],
    ['srv', 'proxy_timeout ${TIMEOUT};'],
    ['up', 'server CONTROL_PLANE:PORT;'],
    ['up', 'server {{ address }};'],
    ['st', 'server { # your server\n}'],
    ['st', 'resolver ${RESOLVER} valid=${TIME};'],
    ['srv', 'allow <network>;'],
    ['srv', 'allow YOUR_NETWORK;'],
    ['up', 'zone api;\n}\ninclude upstreams/*.conf;\nupstream b {\nserver 192.0.2.13:1;'],
    ['up', 'zone $ZONE;'],
    ['st', 'resolver 192.0.2.53 ipv4=off status_zone=a;'],
    ['st', 'server { listen 7000; include pass.conf; }'],
    ['srv', 'js_filter main.filter;'],
    ['whole', 'stream {\n include formats.conf;\n access_log /var/log/a.log basic;\n}\n'],
  ] as const)
    assert.deepEqual(
      errorsIn(whole(place, line)).map((each) => render(each.message)),
      [],
      line,
    );
});

test('a second server at one address is worth a warning unless a name tells the two apart', () => {
  const second = (lines: string) => {
    const workspace = new Workspace();
    workspace.open('nginx.conf', whole('st', `server { proxy_pass api; ${lines} }`), 'nginx');
    return workspace.diagnose('nginx.conf').flatMap((each) => (each.severity === 'warning' ? each.rule : []));
  };
  assert.deepEqual(second('listen 0.0.0.0:6443;'), ['nginx/refused-line']);
  assert.deepEqual(second('listen 6443; server_name api.example.test;'), []);
  assert.deepEqual(second('listen 6443 udp;'), []);
  assert.deepEqual(second('listen 6444;'), []);
});

test('a fix of a refused line leaves a file without a refused line', () => {
  let tried = 0;
  for (const [text] of rows)
    for (const each of errorsIn(text))
      for (const { edits } of each.fixes ?? []) {
        let fixed = text;
        for (const { span, newText } of edits) fixed = fixed.slice(0, span.start) + newText + fixed.slice(span.end);
        assert.deepEqual(
          errorsIn(fixed).map((left) => render(left.message)),
          [],
          fixed,
        );
        tried++;
      }
  assert.ok(tried > 10, `${tried} fixes`);
});

test('what younger releases, modules and scripts bring is not blamed', () => {
  const stream = (upstream: string, server: string) =>
    `stream {\n  upstream api {\n    ${upstream}\n  }\n  server {\n    ${server}\n  }\n}\n`;
  for (const [upstream, server] of [
    ['zone api 64k;\n    server api.example.test service=http resolve;', 'listen 6443;\n    proxy_pass api;'],
    ['server 192.0.2.11:6443;', 'listen 6443 default_server;\n    server_name api.example.test;\n    pass api;'],
    ['server 192.0.2.11:6443;\n    check interval=3000 type=tcp;', 'listen 6443;\n    proxy_pass api;'],
    ['server <CP1>:6443;\n    server $CP2;', 'listen $PORT;\n    proxy_pass $target;'],
    ['include servers/*.conf;', 'include listen.conf;\n    proxy_pass api;'],
    ['server 192.0.2.11:6443;', 'listen 6443;\n    js_access main.check;\n    proxy_pass api;\n    health_check;'],
  ] as const)
    assert.deepEqual(errorsIn(stream(upstream, server)), []);
});

test('a part of a file that goes on elsewhere lacks nothing', () => {
  for (const text of [
    'stream {\n  upstream api {\n    least_conn;\n',
    'stream {\n  upstream api {\n    ...\n    least_conn;\n  }\n}\n',
    'stream {\n  upstream api {\n    # your servers\n  }\n}\n',
  ])
    assert.ok(!errorsIn(text).some((each) => each.rule === 'nginx/refused-line'), text);
});

test('the main file without events is one that nginx does not start with', () => {
  const rulesOf = (path: string, text: string) => {
    const workspace = new Workspace();
    workspace.open(path, text, 'nginx');
    return workspace.diagnose(path).filter(({ rule }) => rule === 'nginx/no-events');
  };
  const stream = `stream {\n  upstream api { ${servers.join(' ')} }\n  server { ${front.join(' ')} }\n}\n`;
  const [found] = rulesOf('lb/nginx.conf', `worker_processes 1;\n${stream}`);
  assert.equal(found?.severity, 'warning');
  const [edit] = found?.fixes?.[0]?.edits ?? [];
  assert.equal(edit?.newText, 'events {}\n\n');
  assert.deepEqual(rulesOf('lb/nginx.conf', `events {}\n${stream}`), []);
  // What a file brings in that is included, and what a file of another name is included in.
  assert.deepEqual(rulesOf('lb/nginx.conf', `include modules/*.conf;\n${stream}`), []);
  assert.deepEqual(rulesOf('lb/stream.conf', stream), []);
  assert.deepEqual(rulesOf('lb/nginx.conf', stream.slice(0, -2)), []);
});

test('lines that a runbook shows or adds are no main file', () => {
  const rulesOf = (path: string, text: string) => {
    const workspace = new Workspace();
    workspace.open(path, text);
    return workspace.diagnose(path).filter(({ rule }) => rule === 'nginx/no-events').length;
  };
  const stream = `stream {\n  upstream api { ${servers.join(' ')} }\n  server { ${front.join(' ')} }\n}\n`;
  assert.equal(rulesOf('a.sh', `cat > /etc/nginx/nginx.conf <<'EOF'\n${stream}EOF\n`), 1);
  assert.equal(rulesOf('a.sh', `cat >> /etc/nginx/nginx.conf <<'EOF'\n${stream}EOF\n`), 0);
  assert.equal(rulesOf('a.md', `\`/etc/nginx/nginx.conf\`\n\n\`\`\`nginx\n${stream}\`\`\`\n`), 0);
});
