import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyseHaproxy } from '../../../src/model/haproxy/analysis';
import { readSection } from '../../../src/model/haproxy/section';
import { diagnoseHaproxy } from '../../../src/rules/haproxy/diagnose';

const version = [3, 0];

/** How often lines are looked at while the only section of a text is read. */
function looks(text: string): number {
  const { statements, release } = analyseHaproxy({ path: 'haproxy.cfg', text, version });
  let count = 0;
  const counted = new Proxy(statements, {
    get(list, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) count++;
      return Reflect.get(list, key);
    },
  });
  readSection(counted, release, undefined);
  return count;
}

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `    ${line(index)}\n`).join('');

/** Sections in which many lines ask for what other lines of the section say. */
const sections: Readonly<Record<string, (count: number) => string>> = {
  'servers of one name': (count) =>
    `backend b\n${lines(count, (i) => `server s 10.0.0.1:80 id ${i + 1}`)}${lines(count, () => 'server s 10.0.0.1:80')}`,
  'servers that track others': (count) =>
    `backend b\n${lines(count, (i) => `server s${i} 10.0.0.1:80 check`)}${lines(count, (i) => `server t${i} 10.0.0.1:80 track s${i}`)}`,
  'captures by number': (count) =>
    `frontend f\n${lines(count, (i) => `http-request capture req.hdr(a) id ${i % 2}`)}    declare capture request len 9\n`,
  'formats that ask for ACLs': (count) =>
    `frontend f\n${lines(count, (i) => `log-format "%[acl(late${i})]"`)}${lines(count, (i) => `acl late${i} src ::1`)}`,
};

for (const [name, text] of Object.entries(sections))
  test(`${name}: four times the lines are four times the work`, () => {
    const few = looks(text(50));
    const many = looks(text(200));
    assert.ok(many < few * 5, `${few} looks at 50 lines of a kind, ${many} at 200`);
  });

function found(text: string): string[] {
  const analysis = analyseHaproxy({ path: 'haproxy.cfg', text, version });
  return diagnoseHaproxy(analysis, []).map(({ span, rule }) => {
    const line = text.slice(0, span.start).split('\n').length;
    return `${line} ${rule}`;
  });
}

test('a server tracks one that something checks, whatever default-server says between them', () => {
  const text = `backend b
    mode http
    timeout connect 5s
    timeout server 5s
    server a 10.0.0.1:80
    default-server check
    server b 10.0.0.2:80
    server c 10.0.0.3:80 no-check track a
    server d 10.0.0.4:80 no-check track b
`;
  assert.deepEqual(
    found(text).filter((each) => each.endsWith('conflicting-settings')),
    ['8 haproxy/conflicting-settings'],
  );
});

test('a template makes the name of a server above it', () => {
  const text = (name: string, template: string) =>
    `backend b\n    mode tcp\n    server ${name} 10.0.0.1:80\n    server-template ${template} 10.0.0.2:80\n`;
  const taken = (name: string, template: string) =>
    found(text(name, template)).some((each) => each === '4 haproxy/duplicate-name');
  assert.ok(taken('s3', 's 3'));
  assert.ok(taken('s12', 's1 1-2'));
  assert.ok(taken('12', '1 2'));
  assert.ok(!taken('s3', 's 2'));
  assert.ok(!taken('s03', 's 1-9'));
  assert.ok(!taken('s10', 's1 5'));
  assert.ok(!taken('s', 's 5'));
});

test('in 3.3, which may overlook them, servers of one name are a warning, and in other releases an error', () => {
  const text = 'backend b\n    server a 10.0.0.1:80\n    server s 10.0.0.1:80\n    server s 10.0.0.2:80\n';
  const severityIn = (release: readonly number[]): string[] =>
    diagnoseHaproxy(analyseHaproxy({ path: 'haproxy.cfg', text, version: release }), [])
      .filter(({ rule }) => rule === 'haproxy/duplicate-name')
      .map(({ severity }) => severity);
  assert.deepEqual(
    [
      [3, 2],
      [3, 3],
      [3, 4],
    ].map(severityIn),
    [['error'], ['warning'], ['error']],
  );
});
