import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { asking, bracketed } from '../../support/asking';

const referencesOf = (marked: string) => {
  const { text, offset, analysis } = asking(haproxyLanguage, marked);
  return bracketed(text, haproxyLanguage.references?.(analysis, offset, []) ?? []);
};
const definitionOf = (marked: string) => {
  const { text, offset, analysis } = asking(haproxyLanguage, marked);
  return bracketed(text, haproxyLanguage.definition?.(analysis, offset, []) ?? []);
};
const complaintOf = (marked: string, newName: string) => {
  const { offset, analysis } = asking(haproxyLanguage, marked);
  const wrong = haproxyLanguage.checkName?.(analysis, offset, newName);
  return wrong && render(wrong);
};

test('a backend is the same wherever a section speaks of it', () => {
  assert.equal(
    referencesOf('frontend api\n    default_backend a<|>pi\n    use_backend api if { nbsrv(api) gt 0 }\nbackend api\n'),
    'frontend api\n    default_backend [api]\n    use_backend [api] if { nbsrv([api]) gt 0 }\nbackend [api]\n',
  );
});

test('an ACL is of its section; its lines together define it', () => {
  const text = 'frontend f\n    acl in src 10.0.0.1\n    acl in src 10.0.0.2\n    http-request deny if !in<|>\n';
  const other = 'frontend g\n    acl in src 10.0.0.3\n    http-request deny if in\n';
  assert.equal(
    definitionOf(text + other),
    `frontend f\n    acl [in] src 10.0.0.1\n    acl [in] src 10.0.0.2\n    http-request deny if !in\n${other}`,
  );
  assert.equal(
    referencesOf(text + other),
    `frontend f\n    acl [in] src 10.0.0.1\n    acl [in] src 10.0.0.2\n    http-request deny if ![in]\n${other}`,
  );
});

test('an ACL of a defaults section is found from its own rules', () => {
  assert.equal(
    definitionOf('defaults d\n    acl in src 10.0.0.1\n    http-request deny if i<|>n\n'),
    'defaults d\n    acl [in] src 10.0.0.1\n    http-request deny if in\n',
  );
});

test('backend/server is two names', () => {
  const file = 'backend b\n    server one 10.0.0.1:1 track other/one\nbackend other\n    server one 10.0.0.1:1 check\n';
  assert.equal(
    referencesOf(file.replace('other/one', 'other/o<|>ne')),
    file.replace('other/one', 'other/[one]').replace('server one 10.0.0.1:1 check', 'server [one] 10.0.0.1:1 check'),
  );
  assert.equal(
    referencesOf(file.replace('other/one', 'ot<|>her/one')),
    file.replace('other/one', '[other]/one').replace('backend other', 'backend [other]'),
  );
});

test('variables are found through actions, fetches and converters', () => {
  assert.equal(
    referencesOf(
      'frontend f\n    http-request set-var(txn.t<|>o) src\n    http-request set-header x %[var(txn.to)] if { var(txn.to) -m found }\n',
    ),
    'frontend f\n    http-request set-var([txn.to]) src\n    http-request set-header x %[var([txn.to])] if { var([txn.to]) -m found }\n',
  );
});

test('tables of peers, resolvers, caches and named defaults', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'peers p\n    table t type ip size 1k\nfrontend f\n    http-request track-sc0 src table p/t<|>\n',
      'peers p\n    table [t] type ip size 1k\nfrontend f\n    http-request track-sc0 src table p/[t]\n',
    ],
    [
      'resolvers d\nbackend b\n    server a h:1 resolvers <|>d\n',
      'resolvers [d]\nbackend b\n    server a h:1 resolvers [d]\n',
    ],
    ['defaults d\nfrontend f from d<|>\n', 'defaults [d]\nfrontend f from [d]\n'],
  ];
  for (const [marked, wanted] of cases) assert.equal(referencesOf(marked), wanted);
});

test('other files of the instance are searched', () => {
  const sibling = haproxyLanguage.analyse({ path: 'b.cfg', text: 'backend api\n', versions: {} });
  const { analysis, offset } = asking(haproxyLanguage, 'frontend f\n    default_backend ap<|>i\n');
  assert.deepEqual(haproxyLanguage.definition?.(analysis, offset, [{ path: 'b.cfg', analysis: sibling }]), [
    { path: 'b.cfg', span: { start: 8, end: 11 } },
  ]);
});

test('only a name that is written as it is can be renamed', () => {
  const renameable = (marked: string) => {
    const { offset, analysis } = asking(haproxyLanguage, marked);
    return haproxyLanguage.renameable?.(analysis, offset)?.name;
  };
  assert.equal(renameable('backend a<|>pi\n'), 'api');
  assert.equal(renameable('backend "a<|>pi"\n'), undefined);
  assert.equal(renameable('back<|>end api\n'), undefined);
  assert.equal(renameable('frontend f\n    default_backend no<|>where\n'), undefined);
});

test('a new name is one that the program takes and that nothing else has', () => {
  const backend = 'backend a<|>pi\nbackend web\nlisten both\n';
  assert.equal(complaintOf(backend, 'other'), undefined);
  assert.match(complaintOf(backend, 'no blank') ?? '', /letters/);
  assert.equal(complaintOf(backend, 'web'), '"web" is taken by line 2');
  assert.equal(complaintOf(backend, 'both'), '"both" is taken by line 3');
  const acl = 'frontend f\n    acl i<|>n src 10.0.0.1\n    acl out src 10.0.0.2\n';
  assert.equal(complaintOf(acl, 'out'), '"out" is taken by line 3');
  assert.match(complaintOf(acl, 'TRUE') ?? '', /means something else/);
  assert.match(complaintOf('frontend f\n    http-request set-var(txn.a<|>) src\n', 'nowhere') ?? '', /./);
});
