import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { HEAD_BYTES, type Recognised, recognise, unpackedProblem } from '../../../src/flow/bytes/container.ts';
import { seededRandom, testSeed } from '../../support/random.ts';
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
    ['Obj\x01\x04', /Avro/],
    ['LRZI\x00\x06', /lrzip/],
    ['\x5e\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00', /lzma/],
    ['\x5d\x00\x00\x00\x01\x24\x10\x00\x00\x00\x00\x00\x00\x00', /lzma/],
    ['\x5d\x00\x00\x60\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00', /lzma/],
    ['MSCF\x00\x00\x00\x00', /cabinet/],
    ['SQLite format 3\x00', /SQLite/],
    ['\x7fELF\x02', /program/],
    ['%PDF-1.7', /PDF/],
    ['%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n', /PDF/],
    [`-----BEGIN PGP MESSAGE-----\n\n${'A'.repeat(64)}\n`, /OpenPGP/],
    [`${'070701'.padEnd(110, '0')}access.log\0\0`, /cpio/],
    ['\xc7\x71\x01', /cpio/],
  ];
  for (const [head, reason] of heads) assert.match(recognised(bytesOfLatin1(head)), reason);
});

test('B09 I3 lines that end with carriage returns alone are no line that is still being written', () => {
  const line = '192.0.2.1 - - [17/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x"';
  const log = (end: string) => Buffer.from(Array.from({ length: 20 }, () => line).join(end));
  assert.match(recognised(log('\r')), /text without line feeds; tr '\\r' '\\n'/);
  for (const end of ['\n', '\r\n', '\r\r\n']) assert.equal(recognised(log(end)), 'plain');
  assert.equal(recognised(Buffer.from(`${line.slice(0, -2)}${'\r'.repeat(30)}`)), 'plain', 'a stranger may send some');
});

test('B09 UTF-16 is refused with the way to convert it, with a byte order mark and without', () => {
  const text = logOf(3).toString();
  const little = Buffer.from(text, 'utf16le').subarray(0, HEAD_BYTES);
  const big = Buffer.from(little).swap16();
  for (const head of [Buffer.concat([Buffer.of(0xff, 0xfe), little]), Buffer.of(0xfe, 0xff), little, big]) {
    assert.match(recognised(head), /UTF-16 text; iconv -f utf-16/);
  }
});

test('B11 tar is recognised by its mark and the sum of its header', () => {
  const head = tarHeader('access.log', 'ustar');
  assert.match(recognised(head), /tar archive; unpack it first/);
  assert.match(unpackedProblem(head)!, /tar archive/);
  assert.match(recognised(tarHeader('a/'.repeat(50), 'ustar')), /tar archive/);
  assert.equal(recognised(head.subarray(0, 261)), 'plain');
});

/** A header of tar; without a mark as it was before POSIX. */
function tarHeader(name: string, mark = ''): Buffer {
  const head = Buffer.alloc(512);
  head.write(name);
  head.write('000644 \x000000 \x000000 \0', 100);
  head.write('00000001750 14037000000 ', 124);
  head.write(mark, 257);
  head.fill(' ', 148, 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

test('B11 a tar archive without the mark is known by the sum of its header', () => {
  const head = Buffer.concat([tarHeader('var/log/access.log'), logOf(100)]);
  assert.match(recognised(head), /tar archive; unpack it first/);
  head[150]! ^= 1;
  assert.doesNotMatch(recognised(head), /tar/);
});

test('B09 what has no mark is named by what comes out of it', () => {
  for (const log of [logOf(4), logOf(3_000)]) {
    for (const level of [1, 6, 9]) {
      assert.match(
        recognised(deflateSync(log, { level }).subarray(0, HEAD_BYTES)),
        /zlib data; unpack it, or compress/,
      );
      assert.match(recognised(deflateRawSync(log, { level }).subarray(0, HEAD_BYTES)), /deflate data; unpack it, or/);
    }
    assert.match(recognised(deflateSync(log, { level: 0 }).subarray(0, HEAD_BYTES)), /zlib data/);
    assert.match(recognised(deflateRawSync(log, { level: 0 }).subarray(0, HEAD_BYTES)), /deflate data/);
    for (const quality of [1, 5, 11]) {
      const packed = brotliCompressSync(log, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
      assert.match(recognised(packed.subarray(0, HEAD_BYTES)), /brotli data; unpack it, or compress/);
    }
  }
});

test('B09 base64 text is refused, whatever it stands for', () => {
  for (const bytes of [gzipSync(logOf(300)), logOf(100), Buffer.alloc(400, 7)]) {
    const text = bytes.toString('base64');
    for (const lines of [text, text.replace(/.{76}/g, '$&\n'), text.replace(/.{64}/g, '$&\r\n')]) {
      assert.match(recognised(Buffer.from(lines).subarray(0, HEAD_BYTES)), /base64 text; decode it first: base64 -d/);
    }
  }
});

test('B09 hexadecimal text, and the records of who logged in, are refused', () => {
  assert.match(recognised(Buffer.from(gzipSync(logOf(9)).toString('hex'))), /hexadecimal text; .*xxd -r -p/);
  const record = Buffer.alloc(384);
  record.writeUInt32LE(7);
  record.writeUInt32LE(4711, 4);
  record.write('pts/0', 8);
  record.write('operator', 44);
  record.write('mirror.example.org', 76);
  record.writeUInt32LE(1_767_225_600, 340);
  assert.match(recognised(Buffer.concat(Array(40).fill(record))), /bytes that are no text/);
});

const seed = testSeed();

test(`G7 B09 bytes that are no text are refused (seed ${seed})`, () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(Array.from({ length: 64 + random.below(4_000) }, () => random.below(256)));
    bytes[0] = random.pick([0x00, 0x01, 0x99, 0xe4]);
    assert.match(recognised(bytes), /not a log but /, `round ${round}`);
    assert.match(unpackedProblem(bytes) ?? '', /not a log but /, `round ${round}`);
  }
});

test(`G7 B09 no request makes a log something else, though its server escapes nothing (seed ${seed})`, () => {
  const random = seededRandom(seed);
  // Whatever may stand in a request or an agent: all but the line feed, which ends a header, and NUL.
  const anyBytes = (most: number) =>
    Buffer.from(Array.from({ length: random.below(most) }, () => 1 + random.below(255))).map((byte) =>
      byte === 0x0a ? 0x0d : byte,
    );
  const [, ...whole] = logOf(8).toString().split('\n');
  for (let round = 0; round < 300; round += 1) {
    const lines = Array.from({ length: 40 }, () => {
      const starts = random.pick([
        '192.0.2.1 - - [15/Dec/2021:17:02:12 +0000] "',
        '{"remote_addr":"192.0.2.1","request":"',
      ]);
      return random.chance(0.2)
        ? Buffer.from(`${random.pick(whole)}\n`)
        : Buffer.concat([Buffer.from(starts), anyBytes(random.pick([20, 300, 6_000])), Buffer.from('"\n')]);
    });
    const log = Buffer.concat(lines);
    // A log may be cut in the middle of a line, and begin with a hole.
    const hole = Buffer.alloc(random.pick([0, 0, 1, 700]));
    const head = Buffer.concat([hole, log.subarray(random.chance(0.5) ? 0 : random.below(7_000))]);
    assert.equal(recognised(head.subarray(0, HEAD_BYTES)), 'plain', `round ${round}`);
    assert.equal(unpackedProblem(head.subarray(0, HEAD_BYTES)), undefined, `round ${round}`);
  }
});

test('G7 B09 what a stranger can send first in a line, or bring to a place in it, is not taken for a mark', () => {
  const marks = [
    'BZh91AY&SY',
    'LRZI',
    'PAR1',
    '%PDF-1.7',
    'Salted__',
    'LPKSHHRH',
    '070701',
    'begin-base64 644 x',
    'PK',
  ];
  const armour = ['-----BEGIN PGP MESSAGE-----', '-----BEGIN AGE ENCRYPTED FILE-----', 'age-encryption.org/v1'];
  const [line = ''] = logOf(1).toString().split('\n');
  for (const mark of [...marks, ...armour, '070701'.padEnd(110, '0'), 'H4sI'.padEnd(80, 'A')]) {
    assert.equal(recognised(Buffer.from(`${mark}${line.slice(line.indexOf(' '))}\n${line}\n`)), 'plain', mark);
  }
  const [before = '', after = ''] = line.split('?countme');
  const padded = `${before}${'a'.repeat(257 - before.length)}ustar${after}\n`;
  assert.equal(recognised(Buffer.from(padded + `${line}\n`.repeat(9))), 'plain');
});

test('logs of servers that write bytes as they come, and coloured ones, are plain', () => {
  const line = (agent: string) => `192.0.2.1 - - [15/Dec/2021:17:02:12 +0000] "GET / HTTP/1.1" 200 5 "-" "${agent}"\n`;
  const colour = '\x1b[36mproxy-1  |\x1b[0m ';
  for (const text of [
    line('\xe4\xf6\xfc'.repeat(50)),
    colour + line('curl'),
    `${'\x16\x03\x01'.repeat(3)}\n${line('x')}`,
  ]) {
    assert.equal(recognised(bytesOfLatin1(text.repeat(3))), 'plain');
  }
  assert.equal(recognised(Buffer.from('日本語のログ\n'.repeat(30))), 'plain');
});

test('B07 a container inside a container is a problem, and text is none', () => {
  assert.match(unpackedProblem(bytesOfLatin1('\x1f\x8b\x08'))!, /gzip data packed a second time/);
  assert.equal(unpackedProblem(logOf(2)), undefined);
  assert.equal(unpackedProblem(Buffer.alloc(0)), undefined);
});
