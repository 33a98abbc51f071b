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

test('names that only a part of the file knows: accounts, limits, certificates, peers, ACLs in functions', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'userlist u\n    group op<|>s users ann\n    user ann password x groups ops,other\nfrontend f\n    http-request deny unless { http_auth_group(u) ops }\n',
      'userlist u\n    group [ops] users ann\n    user ann password x groups [ops],other\nfrontend f\n    http-request deny unless { http_auth_group(u) [ops] }\n',
    ],
    [
      'userlist u\n    group ops users bob,an<|>n\n    user ann password x\nuserlist v\n    user ann password x\n',
      'userlist u\n    group ops users bob,[ann]\n    user [ann] password x\nuserlist v\n    user ann password x\n',
    ],
    [
      'backend b\n    filter bwlim-in sl<|>ow default-limit 1k default-period 1s\n    http-request set-bandwidth-limit slow if TRUE\n',
      'backend b\n    filter bwlim-in [slow] default-limit 1k default-period 1s\n    http-request set-bandwidth-limit [slow] if TRUE\n',
    ],
    [
      'crt-store s\n    load crt a.pem alias web\nfrontend f\n    bind :443 ssl crt @s/we<|>b crt @other/web\n',
      'crt-store s\n    load crt a.pem alias [web]\nfrontend f\n    bind :443 ssl crt @s/[web] crt @other/web\n',
    ],
    [
      'crt-store <|>s\n    load crt a.pem alias web\nfrontend f\n    bind :443 ssl crt @s/web\n',
      'crt-store [s]\n    load crt a.pem alias web\nfrontend f\n    bind :443 ssl crt @[s]/web\n',
    ],
    [
      'global\n    localpeer lb<|>1\npeers p\n    peer lb1 10.0.0.1:1\npeers q\n    server lb1 10.0.0.1:2\n',
      'global\n    localpeer [lb1]\npeers p\n    peer [lb1] 10.0.0.1:1\npeers q\n    server [lb1] 10.0.0.1:2\n',
    ],
    [
      'frontend f\n    acl in<|>side src 10.0.0.1\n    http-request deny if { acl(other,!inside) }\n',
      'frontend f\n    acl [inside] src 10.0.0.1\n    http-request deny if { acl(other,![inside]) }\n',
    ],
    ['frontend w<|>eb\n    stats scope web\n', 'frontend [web]\n    stats scope [web]\n'],
    [
      'frontend f\n    http-request do-resolve(txn.ip,dn<|>s) str(a)\nresolvers dns\n',
      'frontend f\n    http-request do-resolve(txn.ip,[dns]) str(a)\nresolvers [dns]\n',
    ],
    [
      'global\n    set-var proc.a<|> int(1)\nfrontend f\n    http-request set-var(txn.b) int(1),add(proc.a)\n',
      'global\n    set-var [proc.a] int(1)\nfrontend f\n    http-request set-var(txn.b) int(1),add([proc.a])\n',
    ],
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

test('variables of the environment are one name wherever they are filled in, asked for or set', () => {
  const text =
    'global\n    setenv PO<|>RT 6443\n.if defined(PORT)\n.endif\nfrontend f\n    bind ":${PORT}"\n    log-format "$PORT \\$PORT ${PORT-1}\\ ${PORTS} \'%[env(PORT)]"\n    description \'$PORT\'\n';
  assert.equal(
    referencesOf(text),
    'global\n    setenv [PORT] 6443\n.if defined([PORT])\n.endif\nfrontend f\n    bind ":${[PORT]}"\n    log-format "$[PORT] \\$PORT ${[PORT]-1}\\ ${PORTS} \'%[env([PORT])]"\n    description \'$PORT\'\n',
  );
  assert.equal(complaintOf(text, 'API_PORT'), undefined);
  assert.match(complaintOf(text, 'api.port') ?? '', /letters, digits/);
});

test('a name that is given elsewhere, too, is not renamed, and why is said', () => {
  const why = (marked: string) => {
    const { offset, analysis } = asking(haproxyLanguage, marked);
    assert.equal(haproxyLanguage.renameable?.(analysis, offset), undefined, marked);
    const message = haproxyLanguage.whyFixed?.(analysis, offset);
    return message && render(message);
  };
  const spoe = 'frontend f\n    filter spoe engine waf config /w.cfg\n    http-request send-spoe-group w<|>af all\n';
  assert.match(why(spoe) ?? '', /file of the engine "waf"/);
  assert.equal(
    referencesOf(spoe),
    spoe.replace('<|>', '').replace('engine waf', 'engine [waf]').replace('group waf', 'group [waf]'),
  );
  assert.match(why('frontend f\n    bind ":${PO<|>RT}"\n') ?? '', /"PORT" comes from the environment/);
  assert.match(why('backend "a<|>pi"\n') ?? '', /quotes/);
  assert.equal(why('back<|>end api\n'), undefined);
});

test('a new name is one that the program takes and that nothing else has', () => {
  const backend = 'backend a<|>pi\nbackend web\nlisten both\n';
  assert.equal(complaintOf(backend, 'other'), undefined);
  assert.match(complaintOf(backend, 'no blank') ?? '', /letters/);
  assert.equal(complaintOf(backend, 'web'), '"web" is taken by line 2');
  assert.equal(complaintOf(backend, 'both'), '"both" is taken by line 3');
  const users = 'userlist u\n    user an<|>n password x\n    user bob password x\n    group eve\n';
  assert.equal(complaintOf(users, 'bob'), '"bob" is taken by line 3');
  assert.equal(complaintOf(users, 'eve'), undefined);
  const acl = 'frontend f\n    acl i<|>n src 10.0.0.1\n    acl out src 10.0.0.2\n';
  assert.equal(complaintOf(acl, 'out'), '"out" is taken by line 3');
  assert.match(complaintOf(acl, 'TRUE') ?? '', /means something else/);
  assert.match(complaintOf('frontend f\n    http-request set-var(txn.a<|>) src\n', 'nowhere') ?? '', /./);
});
