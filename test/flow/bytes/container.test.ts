import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEAD_BYTES, type Recognised, recognise, unpackedProblem } from '../../../src/flow/bytes/container.ts';
import { bytesOfLatin1, logOf } from './pouring.ts';

function recognised(head: Uint8Array): string {
  const result: Recognised = recognise(head);
  return result.kind === 'container' ? result.container : result.reason;
}

test('B08 containers are recognised by their first bytes', () => {
  const heads: [string, string][] = [
    ['\x1f\x8b\x08\x00', 'gzip'],
    ['\x28\xb5\x2f\xfd\x04', 'zstd'],
    ['\x50\x2a\x4d\x18\x00', 'zstd'],
    ['\x5f\x2a\x4d\x18\x00', 'zstd'],
    ['\xfd7zXZ\x00\x00', 'xz'],
    ['BZh91AY&SY', 'bzip2'],
    ['BZh1\x17\x72\x45\x38\x50\x90', 'bzip2'],
  ];
  for (const [head, container] of heads) assert.equal(recognised(bytesOfLatin1(head)), container);
});

test('B01 a few bytes of a container are that container when they cannot be text', () => {
  assert.equal(recognised(bytesOfLatin1('\x1f')), 'gzip');
  assert.equal(recognised(bytesOfLatin1('\x28\xb5')), 'zstd');
  assert.equal(recognised(bytesOfLatin1('\xfd7z')), 'xz');
  assert.equal(recognised(bytesOfLatin1('BZh9')), 'bzip2');
  assert.equal(recognised(bytesOfLatin1('(')), 'plain');
  assert.equal(recognised(bytesOfLatin1('BZ')), 'plain');
});

test('logs are plain, also with a byte order mark, holes, or little in them', () => {
  const holes = Buffer.alloc(HEAD_BYTES);
  for (const head of [logOf(10), Buffer.from('\uFEFF192.0.2.1 - -'), holes, Buffer.alloc(0), Buffer.from('BZhorse')]) {
    assert.equal(recognised(head.subarray(0, HEAD_BYTES)), 'plain');
  }
  const holeBefore = Buffer.concat([Buffer.alloc(200), logOf(10)]).subarray(0, HEAD_BYTES);
  assert.equal(recognised(holeBefore), 'plain');
  assert.equal(recognised(bytesOfLatin1('\xe4\xf6 - - [15/Dec/2021:17:02:12 +0000]')), 'plain');
});

test('B09 what is known to be something else is refused with a reason and advice', () => {
  const heads: [string, RegExp][] = [
    ['\x04\x22\x4d\x18\x64', /lz4; unpack it, or compress it with gzip/],
    ['\x02\x21\x4c\x18', /lz4/],
    ['\x1f\x9d\x90', /compress \(\.Z\)/],
    ['LZIP\x01', /lzip/],
    ['\x89LZO\x00\r\n\x1a\n', /lzop/],
    ['\x5d\x00\x00\x80\x00', /lzma/],
    ['PK\x03\x04\x14', /zip archive; unpack/],
    ['7z\xbc\xaf\x27\x1c', /7z/],
    ['Rar!\x1a\x07\x01', /rar/],
    ['age-encryption.org/v1\n', /encrypted with age; decrypt it first/],
    ['-----BEGIN AGE ENCRYPTED FILE-----', /age/],
    ['-----BEGIN PGP MESSAGE-----', /OpenPGP/],
    ['\x85\x01\x0c\x03', /OpenPGP/],
    ['\x84\x5e\x03', /OpenPGP/],
    ['\x8c\x0d\x04\x09', /OpenPGP/],
    ['\xc3\x0d\x04\x09', /OpenPGP/],
    ['\xc1\xc0\x4c\x03', /OpenPGP/],
    ['Salted__abc', /openssl/],
    ['PAR1\x15', /Parquet/],
    ['SQLite format 3\x00', /SQLite/],
    ['\x7fELF\x02', /program/],
    ['%PDF-1.7', /PDF/],
  ];
  for (const [head, reason] of heads) assert.match(recognised(bytesOfLatin1(head)), reason);
});

test('B09 UTF-16 is refused with the way to convert it, with a byte order mark and without', () => {
  const text = logOf(3).toString();
  const little = Buffer.from(text, 'utf16le').subarray(0, HEAD_BYTES);
  const big = Buffer.from(little).swap16();
  for (const head of [Buffer.concat([Buffer.of(0xff, 0xfe), little]), Buffer.of(0xfe, 0xff), little, big]) {
    assert.match(recognised(head), /UTF-16 text; iconv -f utf-16/);
  }
});

test('B11 tar is recognised by its mark at byte 257', () => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write('access.log');
  head.write('ustar', 257);
  assert.match(recognised(head), /tar archive; unpack it first/);
  assert.match(unpackedProblem(head)!, /tar archive/);
  assert.equal(recognised(head.subarray(0, 261)), 'plain');
});

test('B07 a container inside a container is a problem, and text is none', () => {
  assert.match(unpackedProblem(bytesOfLatin1('\x1f\x8b\x08'))!, /gzip data packed a second time/);
  assert.equal(unpackedProblem(logOf(2)), undefined);
  assert.equal(unpackedProblem(Buffer.alloc(0)), undefined);
});
