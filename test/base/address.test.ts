import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import { contains, overlaps, parseCidr, parseIp, sameIp } from '../../src/base/address';
import fc from '../support/fast-check';

test('addresses are read as Node reads them', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    '10',
    '255',
    '256',
    '01',
    '.',
    ':',
    '::',
    'f',
    'ffff',
    '12345',
    '192.168.0.1',
    '',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.ipV4(),
        fc.ipV6(),
      ),
      (text) => {
        const family = isIPv4(text) ? 4 : isIPv6(text) ? 6 : undefined;
        assert.equal(parseIp(text)?.family, family, text);
      },
    ),
    { numRuns: 5000 },
  );
});

test('networks', () => {
  const of = (text: string) => parseCidr(text)!;
  assert.ok(contains(of('10.42.0.0/16'), parseIp('10.42.255.1')!));
  assert.ok(!contains(of('10.42.0.0/16'), parseIp('10.43.0.1')!));
  assert.ok(overlaps(of('10.0.0.0/8'), of('10.42.0.0/16')));
  assert.ok(overlaps(of('10.42.0.0/16'), of('10.0.0.0/8')));
  assert.ok(!overlaps(of('10.42.0.0/16'), of('10.43.0.0/16')));
  assert.ok(!overlaps(of('::/0'), of('10.43.0.0/16')));
  assert.ok(overlaps(of('0.0.0.0/0'), of('10.43.0.0/16')));
  for (const bad of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '::/129', '/8'])
    assert.equal(parseCidr(bad), undefined, bad);
});

test('the same address in two spellings', () => {
  assert.ok(sameIp('::1', '0:0:0:0:0:0:0:1'));
  assert.ok(sameIp('::ffff:10.0.0.1', '::ffff:a00:1'));
  assert.ok(!sameIp('10.0.0.1', '::10.0.0.1'));
});
