import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LogFault } from '../../../src/flow/bytes/log-fault.ts';
import { pour } from '../../../src/flow/bytes/pour.ts';
import { seededRandom } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { compressed, logOf, needs, type Outcome, outcomeOf, outcomeOfFile } from './pouring.ts';

const LOG = logOf(3_000);
const random = seededRandom(1);
const RANDOM_BYTES = Buffer.from(Array.from({ length: 300_000 }, () => random.below(256)));
const SIZES = [1, 7, 4_096, 65_536, 262_144].map((readBytes) => ({ readBytes, chunkBytes: Math.max(readBytes, 64) }));

function fileWith(context: TestContext, content: Buffer | string, name = 'access.log'): string {
  const path = join(temporaryFolder(context), name);
  writeFileSync(path, content);
  return path;
}

function assertContent(outcome: Outcome, content: Buffer): void {
  assert.equal(outcome.kind, 'poured', outcome.kind === 'fault' ? outcome.message : '');
  assert.ok(outcome.kind === 'poured' && outcome.content.equals(content), 'other bytes came out');
  assert.equal(outcome.poured.bytes, content.length);
}

function assertFault(outcome: Outcome, status: LogFault['status'], message: RegExp): void {
  assert.ok(outcome.kind === 'fault', 'it was poured');
  assert.match(outcome.message, message);
  assert.equal(outcome.status, status);
}

test('a plain file comes out as it is, with its progress', async (context) => {
  const outcome = await outcomeOfFile(fileWith(context, LOG));
  assertContent(outcome, LOG);
  assert.ok(outcome.kind === 'poured');
  assert.deepEqual(outcome.poured, { container: 'plain', compressedBytes: LOG.length, bytes: LOG.length });
  assert.equal(outcome.positions.at(-1), LOG.length);
  assert.equal(outcome.positions[0], 1_000);
});

test('a plain file is read up to the size it had when it was opened', async (context) => {
  const path = fileWith(context, LOG);
  const space = new Uint8Array(65_536);
  let bytes = 0;
  const sink = {
    space: () => space,
    filled: (got: number) => {
      bytes += got;
      if (bytes < 2 * LOG.length) appendFileSync(path, LOG);
    },
  };
  const poured = await pour({ kind: 'file', path }, sink, { onProgress: () => {} });
  assert.equal(poured.bytes, LOG.length);
  assert.equal(bytes, LOG.length);
});

test('A08 a plain file that is truncated while it is read is a fault', async (context) => {
  const path = fileWith(context, LOG);
  const space = new Uint8Array(1_000);
  const sink = { space: () => space, filled: () => truncateSync(path, 100) };
  const expected = { name: 'LogFault', status: 'damaged', message: /became shorter.*now has 100.*copytruncate/ };
  await assert.rejects(pour({ kind: 'file', path }, sink, { onProgress: () => {} }), expected);
});

test('A15 a file that has vanished since it was listed is a fault', async (context) => {
  assertFault(await outcomeOfFile(join(temporaryFolder(context), 'gone.log')), 'refused', /there is no such file/);
});

test('A16 a file that was replaced by a folder, a pipe or a device is refused and does not hang', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  assertFault(await outcomeOfFile(join(folder, 'folder')), 'refused', /folder/);
  assertFault(await outcomeOfFile(join(folder, 'pipe')), 'refused', /FIFO.*rollcall ingest -/);
  assertFault(await outcomeOfFile('/dev/zero'), 'refused', /device/);
});

test('A17 a file without permission is a fault', async (context) => {
  const path = fileWith(context, LOG);
  chmodSync(path, 0);
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    assertFault(await outcomeOfFile(path), 'refused', /no permission to read it/);
  } finally {
    if (isRoot) process.seteuid!(0);
  }
});

/** A file that grows as long as it is read; a reader that does not notice must not fill the disk. */
function growing(path: string, bytes: Uint8Array): () => void {
  let times = 0;
  return () => {
    times += 1;
    if (times <= 100) appendFileSync(path, bytes);
  };
}

test('A18 an archive that grows while it is read is still being written', async (context) => {
  for (const isCut of [false, true]) {
    const whole = gzipSync(LOG);
    const path = fileWith(context, isCut ? whole.subarray(0, whole.length / 2) : whole);
    const space = new Uint8Array(LOG.length);
    const sink = { space: () => space, filled: growing(path, whole) };
    const expected = { name: 'LogFault', status: 'damaged', message: /still being written.*try again/ };
    await assert.rejects(pour({ kind: 'file', path }, sink, { onProgress: () => {} }), expected);
  }
});

test('A22 a file whose name is not UTF-8 is read', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.of(0xff), Buffer.from('.log')]), LOG);
  assertContent(await outcomeOfFile(`${folder}/a\uDCFF.log`), LOG);
});

test('A24 an empty file and a file of newlines are no errors', async (context) => {
  const empty = await outcomeOfFile(fileWith(context, '', 'access.log.gz'));
  assert.deepEqual(empty, {
    kind: 'poured',
    poured: { container: 'plain', compressedBytes: 0, bytes: 0 },
    content: Buffer.alloc(0),
    positions: [],
  });
  assertContent(await outcomeOfFile(fileWith(context, '\n\n\n')), Buffer.from('\n\n\n'));
});

test('B01 gzip cut at every one of its lengths is damaged, with the same words for every chunk size', async (context) => {
  const whole = gzipSync(logOf(4));
  const path = join(temporaryFolder(context), 'cut.gz');
  for (let length = 1; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length));
    const outcomes = await Promise.all(SIZES.map((sizes) => outcomeOfFile(path, sizes)));
    const expected = new RegExp(`cut short: the gzip data ends in the middle \\(at byte ${length} of the file\\)`);
    for (const outcome of outcomes) assertFault(outcome, 'damaged', expected);
  }
});

test('B01 the second of two members cut at every length is damaged too', async (context) => {
  const first = gzipSync(logOf(3));
  const second = gzipSync(logOf(4));
  const path = join(temporaryFolder(context), 'cut.gz');
  for (let length = 1; length < second.length; length += 1) {
    writeFileSync(path, Buffer.concat([first, second.subarray(0, length)]));
    for (const sizes of SIZES.slice(1, 4)) assertFault(await outcomeOfFile(path, sizes), 'damaged', /cut short/);
  }
});

test('B02 a wrong checksum, a wrong length and a changed byte are damage for every chunk size', async (context) => {
  const whole = gzipSync(LOG);
  const path = join(temporaryFolder(context), 'wrong.gz');
  for (const at of [whole.length - 8, whole.length - 4, whole.length >> 1]) {
    const wrong = Buffer.from(whole);
    wrong[at]! ^= 1;
    writeFileSync(path, wrong);
    const outcomes = await Promise.all(SIZES.slice(1).map((sizes) => outcomeOfFile(path, sizes)));
    for (const outcome of outcomes) {
      assertFault(outcome, 'damaged', /broken/);
      assert.deepEqual(outcome, outcomes[0]);
    }
  }
});

test('B03 all members are read when one ends at the edge of a chunk, or a byte before or after', async (context) => {
  const first = gzipSync(logOf(200));
  const content = Buffer.concat([logOf(200), logOf(5), logOf(200)]);
  const path = fileWith(context, Buffer.concat([first, gzipSync(logOf(5)), first]));
  for (const readBytes of [first.length - 1, first.length, first.length + 1]) {
    assertContent(await outcomeOfFile(path, { readBytes, chunkBytes: 4_096 }), content);
  }
  for (const chunkBytes of [-1, 0, 1].map((more) => logOf(200).length + more)) {
    assertContent(await outcomeOfFile(path, { readBytes: 65_536, chunkBytes }), content);
  }
  for (const sizes of SIZES) assertContent(await outcomeOfFile(path, sizes), content);
});

test('B05 zero bytes after the data are padding, for every chunk size', async (context) => {
  const whole = gzipSync(LOG);
  for (const zeros of [1, 511, 100_000]) {
    const path = fileWith(context, Buffer.concat([whole, Buffer.alloc(zeros)]));
    for (const sizes of SIZES.slice(1)) {
      const outcome = await outcomeOfFile(path, sizes);
      assertContent(outcome, LOG);
      assert.ok(outcome.kind === 'poured');
      assert.equal(outcome.poured.compressedBytes, whole.length + zeros);
      assert.equal(outcome.positions.at(-1), whole.length + zeros);
    }
  }
});

test('B05 white space after the data is no damage, for every chunk size', async (context) => {
  // What the length of a log ends in stands at the end of the archive: line feeds and zeros are a part of it too.
  const logs = [LOG, Buffer.alloc(0x0a0a, 'x\n'), Buffer.alloc(0x0d00, '\n'), Buffer.alloc(0)];
  for (const log of logs) {
    for (const level of [0, 6]) {
      const whole = gzipSync(log, { level });
      for (const blank of [
        '\n',
        '\r\n',
        ' ',
        '\n\n',
        '\t\n',
        '\n\0\0',
        '\0\n',
        '\r\n\0',
        '\n'.repeat(500),
        `\0\n${'\0'.repeat(9_000)}`,
      ]) {
        const path = fileWith(context, Buffer.concat([whole, Buffer.from(blank)]));
        for (const sizes of SIZES.slice(1)) {
          const outcome = await outcomeOfFile(path, sizes);
          assertContent(outcome, log);
          assert.ok(outcome.kind === 'poured');
          assert.equal(outcome.poured.compressedBytes, whole.length + blank.length);
        }
      }
    }
  }
});

test('B01 B05 an archive whose end is cut is no whole one with white space behind it', async (context) => {
  // The length that stands at the end is 0x0a0a0a0a or the like only in large logs; stored blocks hold what one likes.
  for (const content of [Buffer.alloc(600, '\n'), Buffer.from('a\r\n \t\0\0\0')]) {
    const whole = gzipSync(content, { level: 0 });
    for (let length = 18; length < whole.length; length += 1) {
      const path = fileWith(context, whole.subarray(0, length));
      for (const sizes of SIZES.slice(1)) assertFault(await outcomeOfFile(path, sizes), 'damaged', /cut short/);
    }
  }
});

test('B06 a line feed between two members is damage, not the end of the log', async (context) => {
  const whole = gzipSync(LOG);
  const path = fileWith(context, Buffer.concat([whole, Buffer.from('\n'), whole]));
  const outcomes = await Promise.all(SIZES.slice(1).map((sizes) => outcomeOfFile(path, sizes)));
  for (const outcome of outcomes) assertFault(outcome, 'damaged', /other data follows/);
});

test('B06 other bytes after the data are damage, for every chunk size', async (context) => {
  const whole = gzipSync(LOG);
  for (const rest of ['x', 'xy', 'x\n', '\nx', '\n\nxy\n', 'garbage'.repeat(50_000)]) {
    const path = fileWith(context, Buffer.concat([whole, Buffer.from(rest)]));
    const outcomes = await Promise.all(SIZES.slice(1).map((sizes) => outcomeOfFile(path, sizes)));
    for (const outcome of outcomes) {
      assertFault(outcome, 'damaged', /copy the file again/);
      assert.deepEqual(outcome, outcomes[0]);
    }
  }
});

test('B06 what follows the padding is damage, even another member', async (context) => {
  const whole = gzipSync(LOG);
  const path = fileWith(context, Buffer.concat([whole, Buffer.alloc(600), whole]));
  const place = (whole.length + 600).toLocaleString('en-US');
  for (const sizes of SIZES.slice(1)) {
    const expected = new RegExp(`other data follows the padding.*at byte ${place} `);
    assertFault(await outcomeOfFile(path, sizes), 'damaged', expected);
  }
});

test('B07 a gzip bomb is stopped, and memory stays flat', async (context) => {
  const path = fileWith(context, gzipSync(Buffer.alloc(300 * 2 ** 20, '\n')));
  const before = process.memoryUsage().rss;
  const space = new Uint8Array(65_536);
  let bytes = 0;
  const sink = {
    space: () => space,
    filled: (got: number) => {
      bytes += got;
    },
  };
  const expected = { name: 'LogFault', status: 'damaged', message: /250 times/ };
  await assert.rejects(pour({ kind: 'file', path }, sink, { onProgress: () => {} }), expected);
  assert.ok(bytes <= 66 * 2 ** 20, `${bytes} bytes came out`);
  assert.ok(process.memoryUsage().rss - before < 150 * 2 ** 20);
});

test('B07 data that is packed twice is refused', async (context) => {
  const path = fileWith(context, gzipSync(gzipSync(LOG)));
  for (const sizes of SIZES.slice(1))
    assertFault(await outcomeOfFile(path, sizes), 'refused', /gzip data packed a second/);
  assertFault(await outcomeOfFile(fileWith(context, gzipSync(gzipSync('')))), 'refused', /packed a second time/);
});

test('B08 the name of a file does not say how it is packed', async (context) => {
  assertContent(await outcomeOfFile(fileWith(context, LOG, 'plain.log.gz')), LOG);
  assertContent(await outcomeOfFile(fileWith(context, gzipSync(LOG), 'packed.log')), LOG);
});

test('B11 a tar archive is refused with a hint, packed or not', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'access.log'), LOG);
  execFileSync('tar', ['-cf', join(folder, 'logs.tar'), '-C', folder, 'access.log']);
  execFileSync('tar', ['-czf', join(folder, 'logs.tar.gz'), '-C', folder, 'access.log']);
  assertFault(await outcomeOfFile(join(folder, 'logs.tar')), 'refused', /tar archive; unpack it first/);
  assertFault(await outcomeOfFile(join(folder, 'logs.tar.gz')), 'refused', /inside the archive: .*tar/);
});

for (const program of ['zstd', 'xz', 'bzip2'] as const) {
  const pack = (content: Buffer) => compressed(program, ['-cq'], content);

  test(`A02 ${program}: the content comes out, of several frames too`, needs(program), async (context) => {
    const outcome = await outcomeOfFile(fileWith(context, Buffer.concat([pack(LOG), pack(logOf(5))])));
    assertContent(outcome, Buffer.concat([LOG, logOf(5)]));
    assert.equal(outcome.kind === 'poured' && outcome.poured.container, program);
  });

  test(`B01 ${program}: cut data is damage`, needs(program), async (context) => {
    const whole = pack(LOG);
    for (const length of [whole.length - 1, whole.length >> 1, 10, 4]) {
      assertFault(await outcomeOfFile(fileWith(context, whole.subarray(0, length))), 'damaged', /copy the file again/);
    }
  });

  test(`B02 ${program}: a changed byte is damage`, needs(program), async (context) => {
    const wrong = pack(LOG);
    wrong[wrong.length >> 1]! ^= 0x55;
    assertFault(await outcomeOfFile(fileWith(context, wrong)), 'damaged', /copy the file again/);
  });

  test(`B06 ${program}: other data after the end is damage`, needs(program), async (context) => {
    const path = fileWith(context, Buffer.concat([pack(LOG), Buffer.from('some other data follows')]));
    assertFault(await outcomeOfFile(path), 'damaged', /copy the file again/);
  });

  test(`B05 ${program}: white space after the end is no damage`, needs(program), async (context) => {
    for (const log of [LOG, RANDOM_BYTES, Buffer.alloc(0)]) {
      const prefix = logOf(1);
      const content = log.length === 0 ? log : Buffer.concat([prefix, log]);
      const whole = Buffer.concat([pack(prefix), pack(content)]);
      for (const blank of ['\n', '\r\n', ' ', '\0\0\0\0', '\n\n\0', '\n'.repeat(500)]) {
        const path = fileWith(context, Buffer.concat([whole, Buffer.from(blank)]));
        assertContent(await outcomeOfFile(path), Buffer.concat([prefix, content]));
      }
      for (const rest of ['\nx', 'x\n']) {
        const path = fileWith(context, Buffer.concat([whole, Buffer.from(rest)]));
        assertFault(await outcomeOfFile(path), 'damaged', /copy the file again/);
      }
    }
  });

  test(`B07 ${program}: a bomb is stopped`, needs(program), async (context) => {
    const path = fileWith(context, pack(Buffer.alloc(80 * 2 ** 20, '\n')));
    assertFault(await outcomeOfFile(path), 'damaged', /250 times/);
  });

  test(`B11 ${program}: a tar archive inside is refused`, needs(program), async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'access.log'), LOG);
    const tar = execFileSync('tar', ['-c', '-C', folder, 'access.log'], { maxBuffer: 2 ** 30 });
    assertFault(await outcomeOfFile(fileWith(context, pack(tar))), 'refused', /tar archive/);
  });
}

test('A18 zstd: an archive that grows while it is read', needs('zstd'), async (context) => {
  const whole = compressed('zstd', ['-cq'], LOG);
  const path = fileWith(context, whole);
  const space = new Uint8Array(LOG.length);
  const sink = { space: () => space, filled: growing(path, whole) };
  await assert.rejects(pour({ kind: 'file', path }, sink, { onProgress: () => {} }), {
    status: 'damaged',
    message: /still being written/,
  });
});

test('B10 zstd: skippable frames in front, between and at the end', needs('zstd'), async (context) => {
  const skippable = Buffer.concat([Buffer.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0), Buffer.from('abc')]);
  const frame = compressed('zstd', ['-cq'], LOG);
  const path = fileWith(context, Buffer.concat([skippable, frame, skippable, frame, skippable]));
  assertContent(await outcomeOfFile(path), Buffer.concat([LOG, LOG]));
});

test('B10 zstd: a window that needs too much memory is refused', needs('zstd'), async (context) => {
  // A header alone: one frame, not a single segment, that asks for a window of 1 GiB.
  const header = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3);
  const path = fileWith(context, Buffer.concat([header, Buffer.alloc(20)]));
  assertFault(await outcomeOfFile(path), 'refused', /more than 128MiB of memory/);
});

test('a program that is missing is named', async (context) => {
  const path = fileWith(context, Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd), Buffer.alloc(100)]));
  const before = process.env.PATH;
  process.env.PATH = temporaryFolder(context);
  try {
    assertFault(await outcomeOfFile(path), 'refused', /install zstd/);
  } finally {
    process.env.PATH = before;
  }
});

test('the content of a log never stands in a fault', async (context) => {
  const secret = Buffer.from('198.51.100.77 secret-token\n');
  const faults = [Buffer.concat([gzipSync(LOG), secret]), gzipSync(secret).subarray(0, 30), gzipSync(gzipSync(secret))];
  for (const content of faults) {
    const outcome = await outcomeOfFile(fileWith(context, content));
    assert.ok(outcome.kind === 'fault' && !/198\.51|secret/.test(outcome.message));
  }
});

const STANDARD_INPUT_READER = `
  const { outcomeOf } = await import(${JSON.stringify(new URL('pouring.ts', import.meta.url).href)});
  const outcome = await outcomeOf({ kind: 'stdin' });
  const content = outcome.content?.toString('base64');
  process.stdout.write(JSON.stringify({ ...outcome, content }));
`;

function fromStandardInput(input: Buffer): Record<string, unknown> {
  const args = ['--input-type=module', '-e', STANDARD_INPUT_READER];
  const { stdout } = spawnSync(process.execPath, args, { input, maxBuffer: 2 ** 30 });
  return JSON.parse(stdout.toString());
}

test('standard input is recognised like a file', () => {
  for (const [container, input] of [
    ['plain', LOG],
    ['plain', Buffer.from('x')],
    ['plain', Buffer.alloc(0)],
    ['gzip', gzipSync(LOG)],
  ] as const) {
    const { poured, content } = fromStandardInput(input);
    const bytes = container === 'gzip' ? LOG.length : input.length;
    assert.deepEqual(poured, { container, compressedBytes: input.length, bytes });
    assert.equal(content, (container === 'gzip' ? LOG : input).toString('base64'));
  }
  assert.match(
    String(fromStandardInput(gzipSync(LOG).subarray(0, 900)).message),
    /at byte 900 of the input\); send it/,
  );
});

test('standard input through a program', needs('zstd'), () => {
  assert.equal(fromStandardInput(compressed('zstd', ['-cq'], LOG)).content, LOG.toString('base64'));
});

test('standard input that arrives slowly and in small pieces', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', STANDARD_INPUT_READER], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const input = gzipSync(logOf(20));
  for (let at = 0; at < input.length; at += 100) {
    child.stdin.write(input.subarray(at, at + 100));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.stdin.end();
  const text = Buffer.concat(await child.stdout.toArray()).toString();
  assert.equal(JSON.parse(text).content, logOf(20).toString('base64'));
});

test('a copy of an archive that is unlinked while it is read is read to its end (A15)', async (context) => {
  const path = fileWith(context, gzipSync(LOG));
  copyFileSync(path, `${path}.2`);
  const space = new Uint8Array(LOG.length);
  const sink = { space: () => space, filled: () => execFileSync('rm', ['-f', path]) };
  assert.equal((await pour({ kind: 'file', path }, sink, { onProgress: () => {} })).bytes, LOG.length);
  assertContent(await outcomeOf({ kind: 'file', path: `${path}.2` }), LOG);
});
