import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/commands/exit-code.ts';
import { type VerifyPublicationOptions, verifyPublication } from '../../src/commands/verify-published.ts';
import type { Week } from '../../src/flow/sightings/week.ts';
import { sha256 } from '../../src/flow/views/files/hash.ts';
import { follow, type Link } from '../../src/flow/views/files/manifest.ts';
import { RememberError } from '../../src/flow/views/verification/remembered.ts';
import { EVERYDAY, fleetLog } from '../support/fleet-log.ts';
import { withFittingManifest } from '../support/forge.ts';
import { capture } from '../support/in-process.ts';
import { dueAt, Press } from '../support/press.ts';

const FIRST = 2960;
const week = (n: number) => (FIRST + n) as Week;

const pair = generateKeyPairSync('ed25519');
const press = new Press();
const sign = press.write('key.pem', String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })));
const key = press.write('key.pub', String(pair.publicKey.export({ type: 'spki', format: 'pem' })));

/** Publications of the same vault, oldest first, each as it was once copied. */
const copies: string[] = [];
for (const n of [0, 1]) {
  await press.count([0, 1, 2].map((each) => fleetLog(week(3 * n + each), EVERYDAY)).join(''), dueAt(week(3 * n + 2)));
  const { code, err } = await press.publish(dueAt(week(3 * n + 2)), { sign });
  assert.equal(code, 0, err);
  copies.push(copyOf(realpathSync(press.out), `copy-${n}`));
}
const [older, newer] = copies as [string, string];
const hashOf = (copy: string) => sha256(readFileSync(join(copy, 'manifest.json')));

function copyOf(folder: string, name: string): string {
  const copy = press.path(name);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

async function verify(published: string, options: Partial<VerifyPublicationOptions> = {}) {
  const terminal = capture();
  const code = await verifyPublication({ published, ...options }, terminal);
  return { code, out: terminal.outText(), err: terminal.errText() };
}

describe('O15: the hash of the newest manifest', () => {
  test('is that of the manifest, wherever it is shown', () => {
    const hash = hashOf(newer);
    const text = (path: string) => readFileSync(join(newer, path), 'utf8');
    assert.deepEqual(JSON.parse(text('latest.json')).manifest, { number: 2, sha256: hash });
    assert.match(text('feed.atom'), new RegExp(`<subtitle>Publication 2; SHA-256 of its manifest: ${hash}</subtitle>`));
    for (const page of ['data/index.html', 'ja/data/index.html']) assert.ok(text(page).includes(hash), page);
  });
});

describe('O14: verify --published of a publication by another method', () => {
  /** The newest as its own first publication, by that method, without the files that are named. */
  function byMethod(method: string, without: RegExp, name: string): string {
    const files = new Map([...press.files(newer)].filter(([path]) => !without.test(path)));
    const folder = press.path(name);
    for (const [path, bytes] of withFittingManifest(files, { method })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    return folder;
  }
  const SIGNATURE = /^manifest\.(?!json$)/;
  const NOT_THEN = /^data\/(?:margins\.csv|publication\.json)$|^manifest\.(?!json$)/;

  test('a former one: its files are right, its numbers cannot be computed again, and what to do is said', async () => {
    const { code, out, err } = await verify(byMethod('rollcall-v1', NOT_THEN, 'former'));
    assert.deepEqual([code, err], [0, '']);
    assert.match(
      out,
      /is as it was published: .*\nIts numbers were NOT computed again: an older Rollcall .* rollcall-v1, /,
    );
    assert.match(out, /If it is yours, run rollcall publish again: its weeks keep their numbers/);
  });

  test('one that only says so is computed again, and contradicts itself', async () => {
    const { code, err } = await verify(byMethod('rollcall-v1', SIGNATURE, 'claimed'));
    assert.equal(code, 1);
    assert.match(err, /Contradictions: /);
  });

  test('one that this Rollcall does not know is one for the newest Rollcall', async () => {
    const { code, err } = await verify(byMethod('rollcall-v9', SIGNATURE, 'newest'));
    assert.equal(code, 1);
    assert.match(err, /^manifest\.json: is of a method that this Rollcall does not know: take the newest, which may/);
    assert.doesNotMatch(err, /altered/);
  });

  test('a former one does not follow one of today', () => {
    const files = { bytes: 0, sha256: '' };
    const behind = (before: Link | undefined, method: string) => {
      const [number, previous] = before === undefined ? [1, null] : [2, '1'];
      const about = { method, distribution: 'almalinux', number, previous, updated: '' };
      return follow(before, { ...about, revisions: [], files }, String(number));
    };
    const [v1, v2] = [behind(undefined, 'rollcall-v1'), behind(undefined, 'rollcall-v2')];
    assert.deepEqual(behind(v1, 'rollcall-v2').faults, []);
    assert.match(behind(v2, 'rollcall-v1').faults.join(), /is of method rollcall-v1, and the one before/);
  });
});

describe('O13: verify --published', () => {
  test('says what it found, and what to remember', async () => {
    const { code, out } = await verify(newer, { key, seen: hashOf(older) });
    assert.equal(code, 0);
    assert.match(out, /is as it was published: number 2, \d+ files, 6 weeks, signed\.\nAll that it shows was computed/);
    assert.ok(out.endsWith(`Its manifest: ${hashOf(newer)}\n`));
  });

  test('--seen refuses an older one that is well signed, and says what to do', async () => {
    const { code, out, err } = await verify(older, { key, seen: '2' });
    assert.deepEqual([code, out], [1, '']);
    assert.match(
      err,
      /^you have seen publication 2; this is publication 1 \([0-9a-f]{64}\), an older one, however well/,
    );
    assert.match(err, /must not be relied on: 1 problem\.\n {2}Older than what you saw: .*ask whoever publishes/);
  });

  test('--seen with anything else is a mistake that is explained', async () => {
    await assert.rejects(verify(newer, { seen: 'latest' }), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^--seen latest: expected the number of a publication, or the 64 digits/);
      return true;
    });
  });

  test('--key refuses what is not signed, or by somebody else', async () => {
    const unsigned = copyOf(newer, 'unsigned');
    for (const name of ['manifest.json.sig', 'manifest.pub']) rmSync(join(unsigned, name));
    const { code, err } = await verify(unsigned, { key });
    assert.equal(code, 1);
    assert.match(err, /^manifest\.json\.sig: is missing\n.*\n {2}Signature: get the key/);
    const other = String(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    assert.match(
      (await verify(newer, { key: press.write('other.pub', other) })).err,
      /is another key than the one you gave/,
    );
  });

  test('--remember: one line for cron, from the first run on', async () => {
    const file = press.path('count.seen');
    assert.match((await verify(older, { remember: file })).out, /count\.seen remembers publication 1\.\n$/);
    assert.match((await verify(newer, { remember: file })).out, /count\.seen remembers publication 2\.\n$/);
    const seen = readFileSync(file, 'utf8');
    const back = await verify(older, { remember: file });
    assert.equal(back.code, 1);
    assert.match(back.err, /an older one, however well it is signed/);
    assert.equal(readFileSync(file, 'utf8'), seen);
    assert.ok(!existsSync(`${file}.new`));
  });

  test('--remember: what is damaged, or of another publication, is told and left as it is', async () => {
    const damaged = press.write('damaged.seen', '{"distribution":"almal');
    await assert.rejects(verify(newer, { remember: damaged }), RememberError);
    assert.equal(readFileSync(damaged, 'utf8'), '{"distribution":"almal');
    const text = JSON.stringify({ distribution: 'fedora', number: 1, sha256: hashOf(older), key: null });
    const other = press.write('other.seen', text);
    const { code, err } = await verify(newer, { remember: other });
    assert.equal(code, 1);
    assert.match(
      err,
      /a publication of fedora, and this is one of almalinux\n.*\n {2}Another publication: --remember needs/,
    );
    assert.equal(readFileSync(other, 'utf8'), text);
    await assert.rejects(verify(newer, { remember: press.path('nowhere/count.seen') }), /there is no such folder/);
    await assert.rejects(verify(newer, { remember: press.folder }), /is a folder/);
  });
});

describe('O4: a copy that went wrong', () => {
  const spoiled = (name: string, spoil: (folder: string) => void) => {
    const folder = copyOf(newer, name);
    spoil(folder);
    return verify(folder);
  };

  test('is told apart: in part, as text, with links, with more in it', async () => {
    const part = await spoiled('part', (folder) => rmSync(join(folder, 'data'), { recursive: true }));
    assert.match(part.err, /\ndata\/systems\.csv: is missing\n/);
    assert.match(part.err, /Missing files: .*rsync -a --delete/);

    const asText = await spoiled('as-text', (folder) => {
      const path = join(folder, 'index.html');
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
      const table = join(folder, 'data/systems.csv');
      writeFileSync(table, readFileSync(table, 'utf8').replaceAll('\r\n', '\n'));
    });
    assert.match(
      asText.err,
      /^data\/systems\.csv: has other line ends than were published\nindex\.html: has other line/,
    );
    assert.match(asText.err, /Line ends: copy the files as they are/);

    const linked = await spoiled('linked', (folder) => {
      rmSync(join(folder, 'week'), { recursive: true });
      symlinkSync(join(newer, 'week'), join(folder, 'week'));
      symlinkSync('nowhere', join(folder, 'broken'));
    });
    assert.match(
      linked.err,
      /^"broken": was not published\n"week\/": is a link to a folder, in which there may be more/,
    );

    const more = await spoiled('more', (folder) => {
      mkdirSync(join(folder, '.well-known'));
      writeFileSync(join(folder, '.well-known/x'), '');
    });
    assert.match(more.err, /^"\.well-known\/x": was not published\n/);
  });
});
