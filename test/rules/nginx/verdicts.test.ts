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
