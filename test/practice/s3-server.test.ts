import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, withoutLengths } from '../support/s3-server';

/** The worked example of AWS for a GET with a range (Signature Calculations for the Authorization Header, Example: GET Object). */
const example = {
  method: 'GET',
  rawPath: '/test.txt',
  rawQuery: '',
  headers: {
    host: 'examplebucket.s3.amazonaws.com',
    range: 'bytes=0-9',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
};
const keys = { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };

test('a request to S3 is taken that was signed with the keys, as AWS signs it, and no other', () => {
  assert.equal(refusalOf(example, keys), undefined);
  assert.equal(refusalOf({ ...example, rawPath: '/other.txt' }, keys), 'SignatureDoesNotMatch');
  assert.equal(refusalOf(example, { ...keys, secretKey: 'mistyped' }), 'SignatureDoesNotMatch');
  assert.equal(refusalOf(example, { ...keys, accessKey: 'other' }), 'InvalidAccessKeyId');
  assert.equal(refusalOf({ ...example, headers: {} }, keys), 'AccessDenied');
});

test('a body that is sent in pieces is put together, and what stands behind them is none of it', () => {
  const sent = '5;chunk-signature=ab\r\nhello\r\n3\r\n, s\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n';
  assert.equal(withoutLengths(Buffer.from(sent)).toString(), 'hello, s');
});
