import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { applyEdits } from '../../../src/base/span';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { filesBelow } from '../../support/files';
import { inOldWords, renameAll } from '../../support/rename-all';
import { sharedFolder } from '../../support/shared';
import { expandedSnippets } from '../../support/snippets';

/** Another program than the one of the path may be named, as for the measuring. */
const program = process.env.HAVEN_HAPROXY ?? 'haproxy';
const installed = spawnSync(program, ['-v'], { encoding: 'utf8' });
const release = /version (\d+)\.(\d+)/.exec(installed.stdout ?? '');
const skip = release === null ? `${program} does not run` : false;
const versions = { haproxy: [Number(release?.[1] ?? 2), Number(release?.[2] ?? 6)] };

/** What the program says of a text, with its exit code. */
function verdict(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'haven-rename-'));
  try {
    const path = join(folder, 'haproxy.cfg');
    writeFileSync(path, text);
    const { status, stderr } = spawnSync(program, ['-c', '-f', path], { encoding: 'utf8', timeout: 120_000 });
    return `${status}\n${stderr.replaceAll(path, 'FILE').replace(/\(\d+\)|at position \d+/g, '')}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const files = [
  ...filesBelow('examples', '.cfg'),
  ...filesBelow('test/fixtures', '.cfg'),
  // The corpus holds hundreds; every tenth has all the kinds of names.
  ...filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg').filter((_, i) => i % 10 === 0),
].map((path) => ({ title: basename(path), text: readFileSync(path, 'utf8') }));

test('a file whose names have all been changed is to haproxy -c what it was before', { skip }, () => {
  let names = 0;
  for (const { title, text } of [...expandedSnippets('haproxy'), ...files]) {
    const renamed = renameAll(haproxyLanguage, 'haproxy.cfg', text, versions);
    names += renamed.before.size;
    assert.equal(inOldWords(verdict(renamed.text), renamed), verdict(text), title);
  }
  assert.ok(names > 20, `${names} names`);
});

/** A file with names of every kind that the installed release has, each with a place that speaks of it. */
function fileOfEveryKind([major = 0, minor = 0]: readonly number[]): string {
  const since = (from: number, text: string) => (major * 100 + minor >= from ? text : '');
  return `global
    localpeer one
    set-var proc.limit int(10)
    setenv LIMIT 100
    maxconn "\${LIMIT}"

defaults plain
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s
    log global

defaults checked from plain
    option httpchk GET /readyz

resolvers dns
    nameserver first 127.0.0.1:53

mailers post
    mailer first 127.0.0.1:25

userlist staff
    group ops users ann
    group all
    user ann insecure-password x
    user bob insecure-password x groups ops,all

peers pair
    peer one 127.0.0.1:10001
    peer two 127.0.0.1:10002
    table seen type ip size 1k store gpc0

cache small
    total-max-size 4

ring kept
    size 32768

http-errors pages

fcgi-app php
    docroot /tmp

${since(301, 'log-profile short\n    on any format %ci\n')}\
${since(304, 'healthcheck usual\n    type httpchk\n')}\
log-forward relay
    bind 127.0.0.1:10514
    log ring@kept local0

frontend web from plain
    bind 127.0.0.1:18080
    stick-table type ip size 1k store gpc0 peers pair
    acl inside src 10.0.0.0/8
    acl dead nbsrv(api) eq 0
    log ring@kept local0
${since(301, '    log 127.0.0.1 profile short local0\n')}\
    errorfiles pages
${since(207, '    filter bwlim-out slow default-limit 1k default-period 1s\n    http-request set-bandwidth-limit slow\n')}\
    http-request auth realm x if !inside { http_auth(staff) }
    http-request deny unless { http_auth_group(staff) ops }
    http-request do-resolve(txn.ip,dns) str(example.org)
    http-request set-dst var(txn.ip)
    http-request set-var(txn.name) src
    http-request set-header x %[var(txn.name),concat(-,txn.ip,)] if { var(proc.limit) -m int 10 }
    http-request track-sc0 src table pair/seen
    http-request track-sc1 src table web
    filter cache small
    filter compression
    http-request cache-use small
    http-response cache-store small
    use_backend api if inside !dead
    default_backend api

backend api from checked
    stats enable
    stats scope web
    email-alert mailers post
    email-alert from a@b.org
    email-alert to a@b.org
    server first 10.0.0.1:6443 check resolvers dns
    server second 10.0.0.2:6443 track first
    server third 10.0.0.3:6443 track other/first
${since(304, '    server fourth 10.0.0.4:6443 check healthcheck usual\n')}\
    use-server second if { srv_is_up(api/first) }

backend other from checked
    use-fcgi-app php
    filter fcgi-app php
    server first 10.0.0.1:9000 proto fcgi check
    http-check set-var(check.status) status
    http-check send uri-lf /%[var(check.status)]
`;
}

test('a name of every kind is changed in all its places', { skip }, () => {
  const text = fileOfEveryKind(versions.haproxy);
  const before = verdict(text);
  assert.match(before, /^0\n/);
  const analysis = haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions });
  const seen = new Set<number>();
  const unnoticed: string[] = [];
  const kinds = new Map<string, number>();
  for (const { index } of text.matchAll(/[\w.:-]+/g)) {
    const found = haproxyLanguage.renameable?.(analysis, index);
    if (found === undefined || seen.has(found.span.start)) continue;
    const places = haproxyLanguage.references?.(analysis, index, []) ?? [];
    for (const { span } of places) seen.add(span.start);
    kinds.set(found.name, places.length);
    const scope = /^(?:proc|txn|check)\./.exec(found.name)?.[0] ?? '';
    const renamed = (spans: typeof places) =>
      verdict(
        applyEdits(
          text,
          spans.map(({ span }) => ({ span, newText: `${scope}changed` })),
        ),
      ).replaceAll('changed', found.name);
    assert.equal(renamed(places), before, found.name);
    // One place keeps the old name: where the program looks the name up, it says so.
    for (const kept of places.length > 1 ? places : []) {
      if (renamed(places.filter((each) => each !== kept)) !== before) continue;
      const line = text.slice(0, kept.span.start).split('\n').at(-1) ?? '';
      unnoticed.push(`${line.trim()} ${found.name}`);
    }
  }
  // The program does not look up variables, rings and profiles of logs, and what the page of statistics shows.
  assert.deepEqual(
    unnoticed.filter((each) => !/\b(?:txn|proc|check)\.|ring|profile|^stats scope/.test(each)),
    [],
  );
  assert.ok(kinds.size > 20, [...kinds.keys()].join(' '));
});

test('a name that is changed in one place only would be noticed', { skip }, () => {
  const text = 'defaults\n    timeout client 1s\nfrontend f\n    bind :1\n    default_backend api\n';
  assert.notEqual(verdict(`${text}backend api2\n`), verdict(`${text}backend api\n`));
});
