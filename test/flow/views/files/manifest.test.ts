import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { joinLists, listFiles, ManifestError, readWholeList } from '../../../../src/flow/views/files/file-list.ts';
import { sha256 } from '../../../../src/flow/views/files/hash.ts';
import {
  chainOf,
  filesWithManifest,
  historyFiles,
  type Issued,
  issueManifest,
  manifestFiles,
} from '../../../../src/flow/views/files/manifest.ts';
import { KeyError, publicKey, signatureFiles } from '../../../../src/flow/views/files/signature.ts';
import { fileShowing, type OutputFile } from '../../../../src/flow/views/publication/output-file.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication } from '../../../support/sample-publication.ts';

const publication = samplePublication();
const seed = testSeed();

function fileOf(path: string, text: string): OutputFile {
  return { path, bytes: Buffer.from(text), mediaType: 'text/plain' };
}

const FILES = [fileOf('data/b.csv', 'two'), fileOf('a.txt', 'one')];
const first = issueManifest(publication, FILES, undefined);
const second = issueManifest(publication, [...FILES, fileOf('c.txt', 'three')], chainOf([first.text]));

/** What stands in its lists, by their names. */
function listsOf({ lists }: Issued): Record<string, Record<string, unknown[]>> {
  const texts = lists.map(({ path, bytes }) => [path, JSON.parse(Buffer.from(bytes).toString())] as const);
  return Object.fromEntries(texts);
}

describe('the chain of manifests', () => {
  test('the first has number 1 and nothing before it; the next names its hash', () => {
    assert.deepEqual([first.manifest.number, first.manifest.previous], [1, null]);
    assert.deepEqual([second.manifest.number, second.manifest.previous], [2, sha256(first.text)]);
    assert.deepEqual(JSON.parse(second.text), second.manifest);
  });

  test('it names the hash of a list of files, by path with size and hash; those of a year are in a list of their own', () => {
    const chart = 'chart/2026-05-04-x.svg';
    const ofYears = ['week/2025-W01/index.html', 'data/totals/2026.csv', chart].map((path) => fileOf(path, path));
    const { manifest, lists, ...issued } = issueManifest(publication, [...FILES, ...ofYears], undefined);
    const all = listsOf({ manifest, lists, ...issued });
    const entry = (path: string) => ({ path, bytes: path.length, sha256: sha256(path) });
    assert.deepEqual(manifest.files, { bytes: lists[0]!.bytes.length, sha256: sha256(lists[0]!.bytes) });
    assert.deepEqual(all['manifests/files.json']!['files'], [
      { path: 'a.txt', bytes: 3, sha256: sha256('one') },
      { path: 'data/b.csv', bytes: 3, sha256: sha256('two') },
    ]);
    assert.deepEqual(
      all['manifests/files.json']!['years'],
      lists.slice(1).map(({ path, bytes }) => ({
        year: path.slice('manifests/files-'.length, -'.json'.length),
        bytes: bytes.length,
        sha256: sha256(bytes),
      })),
    );
    assert.deepEqual(all['manifests/files-2025.json']!['files'], [entry('week/2025-W01/index.html')]);
    assert.deepEqual(all['manifests/files-2026.json']!['files'], [entry(chart), entry('data/totals/2026.csv')]);
    assert.deepEqual(all['manifests/files-2026.json']!['weeks']!.at(-1), { week: '2026-W19', revision: 1 });
  });

  test(`lists say what they were made of, whatever that is (seed ${seed})`, () => {
    const names = fc.constantFrom(
      'week/2025-W01/index.html',
      'ja/week/2024/index.html',
      'chart/2024-12-30-x.svg',
      'a/b.csv',
      'data/totals/2026-W03.csv',
      'data/totals/2024.csv',
      'week/index.html',
    );
    const file = fc.record({ path: names, bytes: fc.nat(), sha256: fc.constant(sha256('')) });
    const week = fc.record({ week: fc.constantFrom('2024-W52', '2025-W01', '2026-W03'), revision: fc.nat(9) });
    const list = fc.record({
      weeks: fc.uniqueArray(week, { selector: (one) => one.week }),
      files: fc.uniqueArray(file, { selector: ({ path }) => path }),
    });
    const property = fc.property(list, ({ weeks, files }) => {
      const [whole, ...years] = listFiles({ weeks, files }).map(({ path, bytes }) => ({ path, text: `${bytes}` }));
      const read = readWholeList(whole!.text);
      assert.deepEqual(
        read.lists.map(({ path }) => path),
        years.map(({ path }) => path),
      );
      for (const [at, { bytes, sha256: hash }] of read.lists.entries())
        assert.deepEqual([bytes, hash], [Buffer.byteLength(years[at]!.text), sha256(years[at]!.text)]);
      const joined = joinLists(read.files, years);
      const sorted = <Row extends object>(rows: readonly Row[]) => rows.map((row) => JSON.stringify(row)).sort();
      assert.deepEqual(sorted(joined.weeks), sorted(weeks));
      assert.deepEqual(sorted(joined.files), sorted(files));
    });
    fc.assert(property, { seed, numRuns: 200 });
  });

  test('what a manifest takes does not grow with the weeks and files, nor does the list of a year that is over', () => {
    const weeks = publication.weeks.slice(0, -1);
    const before = issueManifest({ ...publication, weeks }, FILES, undefined);
    const week = fileOf('week/2026-W19/index.html', 'new');
    const after = issueManifest(publication, [...FILES, week], chainOf([before.text]));
    assert.deepEqual(after.manifest.revisions, [{ week: '2026-W19', revision: 1 }]);
    assert.ok(after.text.length < 600, after.text);
    const [old, now] = [listsOf(before), listsOf(after)];
    const same = Object.keys(now).filter((path) => JSON.stringify(old[path]) === JSON.stringify(now[path]));
    assert.deepEqual(same, ['manifests/files-2025.json']);
  });

  test('E15: when no file has changed, the manifest stays as it is, whatever the order of the files', () => {
    const later = { ...publication, updated: '2027-01-01T00:00:00Z' };
    const again = issueManifest(later, FILES.toReversed(), chainOf([first.text]));
    assert.equal(again.text, first.text);
    assert.equal(again.isNew, false);
    const back = issueManifest(publication, FILES, chainOf([first.text, second.text]));
    assert.equal(back.manifest.number, 3, 'going back to earlier files is a publication of its own');
  });

  test('every manifest so far is published', () => {
    const paths = (files: OutputFile[]) => files.map(({ path }) => path);
    const lists = ['files', 'files-2025', 'files-2026'].map((name) => `manifests/${name}.json`);
    const both = ['manifest.json', ...lists, 'manifests/000001.json', 'manifests/000002.json'];
    assert.deepEqual(paths(manifestFiles(second, historyFiles([first.text]))), both);
    const again = issueManifest(publication, FILES, chainOf([first.text]));
    assert.deepEqual(paths(manifestFiles(again, historyFiles([first.text]))), both.slice(0, -1));
  });

  test('a history that was changed is refused', () => {
    const changed = first.text.replace('"number": 1', '"number":  1');
    for (const history of [[changed, second.text], [second.text], [second.text, first.text], ['{}'], ['no JSON']]) {
      assert.throws(() => chainOf(history), ManifestError);
    }
  });

  test('a week that would go back to an earlier revision is refused', () => {
    const weeks = publication.weeks.map((week) => ({ ...week, revision: week.revision === 2 ? 1 : week.revision }));
    assert.throws(
      () => issueManifest({ ...publication, weeks }, [fileOf('other', '')], chainOf([first.text])),
      /week 2026-W10 had revision 2 and has a lower one in manifest 2: what was published is not taken back/,
    );
    const fewer = { ...publication, weeks: publication.weeks.slice(5) };
    assert.throws(() => issueManifest(fewer, [fileOf('other', '')], chainOf([first.text])), ManifestError);
  });
});

describe('O15: files that show the manifest they belong to', () => {
  const latest = fileShowing({ path: 'latest.json', mediaType: 'text/plain' }, ({ number, sha256: hash }) =>
    Buffer.from(`${number} ${hash}`),
  );
  const issued = issueManifest(publication, [...FILES, latest], undefined);

  test('show its number and its hash, and their own hash is that of 64 zeros in its place', () => {
    const shown = filesWithManifest([...FILES, latest], issued);
    assert.deepEqual(
      shown.map(({ bytes }) => Buffer.from(bytes).toString()),
      ['two', 'one', `1 ${sha256(issued.text)}`],
    );
    assert.deepEqual(listsOf(issued)['manifests/files.json']!['files']!.at(-1), {
      path: 'latest.json',
      bytes: 66,
      sha256: sha256(`1 ${'0'.repeat(64)}`),
      shows_manifest: true,
    });
  });

  test('E15: and nothing is new when they alone would show another number', () => {
    assert.equal(issueManifest(publication, [...FILES, latest], chainOf([issued.text])).isNew, false);
  });
});

describe('signatures', () => {
  const pair = generateKeyPairSync('ed25519');
  const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));

  test('anyone can check the signature with the key beside it', () => {
    const [signature, key] = signatureFiles(first.text, pem, 'key.pem').map(({ bytes }) =>
      Buffer.from(bytes).toString(),
    );
    assert.ok(verify(null, Buffer.from(first.text), key!, Buffer.from(signature!, 'base64')));
    assert.ok(publicKey(key!, 'manifest.pub').equals(pair.publicKey));
  });

  test('the same manifest and key give the same bytes', () => {
    assert.deepEqual(signatureFiles(first.text, pem, 'key.pem'), signatureFiles(first.text, pem, 'key.pem'));
  });

  test('a key of another kind is refused with what to do, and is never repeated', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const otherPem = String(other.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    for (const text of [otherPem, 'secret words', '']) {
      assert.throws(
        () => signatureFiles(first.text, text, 'key.pem'),
        (error: unknown) =>
          error instanceof KeyError &&
          /^key\.pem: .*openssl genpkey/.test(error.message) &&
          !error.message.includes('words'),
      );
    }
  });
});
