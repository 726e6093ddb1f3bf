import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../../../src/flow/views/files/hash.ts';
import { chainOf, historyFiles, issueManifest, manifestFiles } from '../../../../src/flow/views/files/manifest.ts';
import { FILE_LIST } from '../../../../src/flow/views/files/manifest-path.ts';
import { signatureFiles } from '../../../../src/flow/views/files/signature.ts';
import type { OutputFile } from '../../../../src/flow/views/publication/output-file.ts';
import {
  type AskSite,
  folderSource,
  type PublishedSource,
  siteSource,
} from '../../../../src/flow/views/verification/published-source.ts';
import { type Asked, verifyPublished } from '../../../../src/flow/views/verification/verify-published.ts';
import { withFittingManifest } from '../../../support/forge.ts';
import { firstFormManifest, smallPublications, sourceOf } from '../../../support/publishing.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication } from '../../../support/sample-publication.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const seed = testSeed();
const pair = generateKeyPairSync('ed25519');
const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));

type Files = Map<string, Uint8Array>;

/** What is said of a publication. */
async function verify(source: PublishedSource, asked: Asked = {}) {
  const { problems, ...verified } = await verifyPublished(source, asked);
  return { ...verified, problems: problems.map(({ text }) => text) };
}

/** The third publication of a chain. */
function published({ isSigned = false } = {}): Files {
  const { files } = smallPublications(3)[2]!;
  const manifest = files.find(({ path }) => path === 'manifest.json')!;
  const signature = isSigned ? signatureFiles(Buffer.from(manifest.bytes).toString(), pem, 'key.pem') : [];
  return new Map([...files, ...signature].map(({ path, bytes }) => [path, bytes]));
}

/** A web server with these files. */
function serverOf(files: Files, root: string, status = 404): AskSite {
  return async ({ href }) => {
    assert.ok(href.startsWith(root), href);
    const bytes = files.get(href.slice(root.length));
    return bytes === undefined ? { status } : { status: 200, bytes };
  };
}

function counted(note: (path: string) => void, files: Files): PublishedSource['read'] {
  return async (path) => {
    note(path);
    return files.get(path);
  };
}

function withChange(files: Files, path: string, bytes: string | Uint8Array): Files {
  return new Map([...files, [path, Buffer.from(bytes)]]);
}

describe('a publication that is as it was published', () => {
  for (const isSigned of [false, true]) {
    test(`from memory, ${isSigned ? 'signed' : 'not signed'}`, async () => {
      const { problems, manifest, signer } = await verify(sourceOf(published({ isSigned })));
      assert.deepEqual(problems, []);
      assert.equal(manifest?.number, 3);
      assert.equal(signer !== undefined, isSigned);
    });
  }

  test('from a folder, and from a site at any address', async () => {
    const folder = temporaryFolder();
    for (const [path, bytes] of published()) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    assert.deepEqual((await verify(folderSource(folder))).problems, []);
    const root = 'https://count.meridian.example/numbers/';
    for (const address of [root, root.slice(0, -1)]) {
      assert.deepEqual((await verify(siteSource(address, serverOf(published(), root)))).problems, []);
    }
    symlinkSync('index.html', join(folder, 'extra.html'));
    rmSync(join(folder, 'data/systems.csv'));
    mkdirSync(join(folder, 'data/more/still'), { recursive: true });
    symlinkSync('data', join(folder, 'copy'));
    assert.deepEqual((await verify(folderSource(folder))).problems, [
      'data/systems.csv: is missing',
      '"copy/": was not published',
      '"data/more/still/": is an empty folder, and was not published',
      '"extra.html": was not published',
    ]);
  });

  test('with the key that its reader trusts', async () => {
    assert.deepEqual((await verify(sourceOf(published({ isSigned: true })), { trusted: pair.publicKey })).problems, []);
  });
});

describe('a publication that was altered', () => {
  for (const isSigned of [false, true]) {
    const files = published({ isSigned });
    const paths = [...files.keys()];

    test(`any byte of any file of a ${isSigned ? 'signed' : 'plain'} one (seed ${seed})`, async () => {
      const place = fc.constantFrom(...paths).chain((path) =>
        fc.record({
          path: fc.constant(path),
          at: fc.nat(files.get(path)!.length - 1),
          bits: fc.integer({ min: 1, max: 255 }),
        }),
      );
      const property = fc.asyncProperty(place, async ({ path, at, bits }) => {
        const bytes = Buffer.from(files.get(path)!);
        bytes[at]! ^= bits;
        const { problems } = await verify(sourceOf(withChange(files, path, bytes)));
        assert.ok(problems.length > 0, path);
      });
      await fc.assert(property, { seed, numRuns: 500 });
    });

    test(`any file of a ${isSigned ? 'signed' : 'plain'} one removed or cut short`, async () => {
      for (const path of paths) {
        const without = new Map(files);
        without.delete(path);
        assert.ok(
          (await verify(sourceOf(without))).problems.some((one) => one.includes(path)),
          path,
        );
        const short = withChange(files, path, files.get(path)!.subarray(0, -1));
        assert.ok((await verify(sourceOf(short))).problems.length > 0, path);
      }
    });
  }

  test('a file that was added, with whatever name', async () => {
    for (const path of ['data/extra.csv', 'manifests/000004.json', 'a\x1b[31m', '.htaccess']) {
      const { problems } = await verify(sourceOf(withChange(published(), path, 'x')));
      assert.deepEqual(problems, [`${JSON.stringify(path)}: was not published`]);
    }
  });

  test('a past publication, rewritten with its hashes', async () => {
    const [first] = smallPublications(1);
    const text = Buffer.from(first!.files.find(({ path }) => path === 'manifest.json')!.bytes).toString();
    const files = withChange(published(), 'manifests/000001.json', text.replace('"revision": 1', '"revision": 0'));
    assert.deepEqual((await verify(sourceOf(files))).problems, [
      'manifests: manifest 2 does not follow from the one before it',
    ]);
  });

  test('O4: a list of files, or one that it names, rewritten with its own hash', async () => {
    const year = 'manifests/files-2026.json';
    const files = published();
    const text = Buffer.from(files.get(year)!).toString().replace('"revision": 1', '"revision": 2');
    assert.deepEqual((await verify(sourceOf(withChange(files, year, text)))).problems, [
      `${year}: has other contents than were published`,
    ]);
    const list = Buffer.from(files.get('manifests/files.json')!).toString();
    const fitting = list.replace(sha256(files.get(year)!), sha256(text));
    const both = withChange(withChange(files, year, text), 'manifests/files.json', fitting);
    assert.deepEqual((await verify(sourceOf(both))).problems, [
      'manifests/files.json: has other contents than were published',
    ]);
  });

  test('O4: lists that say other revisions than the manifests, though all hashes fit', async () => {
    const files = withFittingManifest(published());
    assert.deepEqual((await verify(sourceOf(files))).problems, []);
    const manifest = JSON.parse(Buffer.from(files.get('manifest.json')!).toString());
    const text = JSON.stringify({ ...manifest, revisions: manifest.revisions.slice(1) });
    const other = withChange(withChange(files, 'manifest.json', text), 'manifests/000001.json', text);
    const { week } = manifest.revisions[0];
    assert.deepEqual((await verify(sourceOf(other))).problems, [
      `manifests: week ${week} has revision 0, and 1 in the lists of files`,
    ]);
  });

  test('a whole chain in which a revision goes down', async () => {
    const { problems } = await verify(sourceOf(loweredChain()));
    assert.ok(
      problems.includes('manifests: week 2026-W10 had revision 2 and has a lower one in manifest 2'),
      problems.join('\n'),
    );
  });

  test('a signature of somebody else', async () => {
    const files = published({ isSigned: true });
    const other = generateKeyPairSync('ed25519');
    const otherPem = String(other.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const manifest = Buffer.from(files.get('manifest.json')!).toString();
    const forged = new Map([
      ...files,
      ...signatureFiles(manifest, otherPem, '').map(({ path, bytes }) => [path, bytes] as const),
    ]);
    assert.deepEqual((await verify(sourceOf(forged), { trusted: pair.publicKey })).problems, [
      'manifest.pub: is another key than the one you gave',
      'manifest.json.sig: does not belong to manifest.json and this key',
    ]);
    assert.deepEqual((await verify(sourceOf(published()), { trusted: pair.publicKey })).problems, [
      'manifest.json.sig: is missing',
    ]);
  });
});

/** Two manifests that follow from each other, the second with an earlier revision than the first. */
function loweredChain(): Files {
  const [first, second] = smallPublications(2).map(({ files }) =>
    Buffer.from(files.find(({ path }) => path === 'manifest.json')!.bytes).toString(),
  );
  const revisions = [{ week: '2026-W10', revision: 1 }];
  const lowered = Buffer.from(JSON.stringify({ ...JSON.parse(second!), revisions }));
  return new Map(
    smallPublications(2)[1]!
      .files.map(({ path, bytes }) => [path, bytes] as const)
      .map(([path, bytes]): [string, Uint8Array] =>
        path === 'manifests/000001.json'
          ? [path, Buffer.from(first!)]
          : [path, path === 'manifest.json' || path === 'manifests/000002.json' ? lowered : bytes],
      ),
  );
}

describe('O4: manifests of the first form, in which all weeks and files stood', () => {
  const old = smallPublications(2).map(({ files }) => files.filter(({ path }) => !/^manifests?\b/.test(path)));
  const texts = [firstFormManifest({ files: old[0]! }, 1, null)];
  texts.push(firstFormManifest({ files: old[1]! }, 2, sha256(texts[0]!)));
  const contents = (files: readonly OutputFile[]): Files => new Map(files.map(({ path, bytes }) => [path, bytes]));

  test('are what was published, and stay in a chain that goes on', async () => {
    const then = [...old[1]!, ...historyFiles(texts), { ...historyFiles(texts)[1]!, path: 'manifest.json' }];
    assert.deepEqual((await verify(sourceOf(contents(then)))).problems, []);
    const issued = issueManifest(samplePublication(), old[1]!, chainOf(texts));
    assert.deepEqual([issued.id.number, issued.isNew, issued.manifest.revisions], [3, true, []]);
    const now = contents([...old[1]!, ...manifestFiles(issued, historyFiles(texts))]);
    assert.deepEqual((await verify(sourceOf(now), { seen: [{ number: 1, sha256: sha256(texts[0]!) }] })).problems, []);
    const changed = withChange(now, 'manifests/000001.json', texts[0]!.replace('"revision": 1', '"revision": 9'));
    assert.ok((await verify(sourceOf(changed))).problems.length > 0);
  });

  test('do not follow one of today', async () => {
    const [first] = smallPublications(1);
    const before = Buffer.from(first!.files.find(({ path }) => path === 'manifest.json')!.bytes).toString();
    const text = firstFormManifest({ files: old[1]! }, 2, sha256(before));
    const files = contents([
      ...old[1]!,
      ...historyFiles([before, text]),
      { ...historyFiles([text])[0]!, path: 'manifest.json' },
    ]);
    assert.deepEqual((await verify(sourceOf(files))).problems, [
      'manifests: manifest 2 is of the form that manifests had before the one before it',
    ]);
  });
});

describe('O4: a manifest that is none', () => {
  /** All that names this list fits it. */
  const withList = async (path: string, text: string) => {
    const files = published();
    const fit = (at: string, from: Uint8Array, to: string) => {
      const own = Buffer.from(files.get(at)!).toString();
      const sized = own.replace(
        `"bytes": ${from.length},\n   "sha256": "${sha256(from)}"`,
        `"bytes": ${to.length}, "sha256": "${sha256(to)}"`,
      );
      return sized.replace(
        `"bytes": ${from.length},\n  "sha256": "${sha256(from)}"`,
        `"bytes": ${to.length}, "sha256": "${sha256(to)}"`,
      );
    };
    const list = path === FILE_LIST ? text : fit(FILE_LIST, files.get(path)!, text);
    const manifest = fit('manifest.json', files.get(FILE_LIST)!, list);
    const changed: Files = new Map([
      ...files,
      [path, Buffer.from(text)],
      [FILE_LIST, Buffer.from(list)],
      ['manifest.json', Buffer.from(manifest)],
      ['manifests/000003.json', Buffer.from(manifest)],
    ]);
    return (await verify(sourceOf(changed))).problems;
  };
  const change = async (from: string, to: string) => {
    const text = Buffer.from(published().get('manifest.json')!).toString();
    assert.ok(text.includes(from));
    return (await verify(sourceOf(withChange(published(), 'manifest.json', text.replace(from, to))))).problems;
  };

  test('with fields of a newer Rollcall says so', async () => {
    assert.deepEqual(await change('"number": 3', '"number": 3, "colour": "red"'), [
      'manifest.json: expected a manifest; it has "colour", unknown to this Rollcall: take the newest, which may know it',
    ]);
  });

  test('with lists that are larger than anything that is read', async () => {
    const named = { bytes: 64 * 1024 * 1024, sha256: '0'.repeat(64) };
    const years = (count: number, more = 0) =>
      JSON.stringify({
        files: [],
        years: Array.from({ length: count }, (_, n) => ({
          year: String(2000 + n),
          ...named,
          bytes: named.bytes + more,
        })),
      });
    assert.match((await withList(FILE_LIST, years(17)))[0]!, /^manifest\.json: states 1140850688 bytes in all/);
    assert.match(
      (await withList(FILE_LIST, years(1, 1)))[0]!,
      /^manifests\/files\.json: expected a list of files; years\.0/,
    );
  });

  test('with a week or a file twice', async () => {
    const week = '{ "week": "2026-W19", "revision": 2 }';
    const twice = await change('"revisions": []', `"revisions": [${week}, ${week}]`);
    assert.match(twice[0]!, /^manifest\.json: .*revisions: expected each week once$/);
    const list = (path: string) => Buffer.from(published().get(path)!).toString();
    const doubled = list('manifests/files.json').replace('"index.html"', '"DATA/systems.csv"');
    assert.match((await withList('manifests/files.json', doubled))[0]!, /files: expected each file once$/);
    const between = list('manifests/files-2026.json').replace('"week/2026-W19/index.html"', '"INDEX.html"');
    assert.match((await withList('manifests/files-2026.json', between))[0]!, /^manifests\/: .*each file once$/);
  });
});

test('O4: what is no file is not read: a folder, a device', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'manifest.json'));
  symlinkSync('/dev/zero', join(folder, 'manifest.json.sig'));
  const { problems } = await verify(folderSource(folder));
  assert.deepEqual(problems, [
    'manifest.json: cannot be read (it is a folder, not a file)',
    'manifest.json.sig: cannot be read (it is a device, not a file)',
  ]);
});

test('O4: a site on which something is published meanwhile is not called altered', async () => {
  const [before, after] = smallPublications(4)
    .slice(-2)
    .map(({ files }) => new Map(files.map(({ path, bytes }) => [path, bytes])));
  for (const reads of [1, 3, 9]) {
    let count = 0;
    const read = async (path: string) => (++count > reads ? after : before)!.get(path);
    const { problems } = await verify({ read, list: async () => undefined });
    assert.deepEqual(problems, ['manifest.json: another publication took its place meanwhile']);
  }
});

describe('what is no publication', () => {
  test('an empty folder and a missing one', async () => {
    for (const folder of [temporaryFolder(), join(temporaryFolder(), 'nowhere')]) {
      const { problems } = await verify(folderSource(folder));
      assert.deepEqual(problems, ['manifest.json: is missing']);
    }
  });

  test('a server that fails is not taken for one that has nothing', async () => {
    const { problems } = await verify(siteSource('https://x.example', serverOf(new Map(), '', 503)));
    assert.ok(problems.includes('manifest.json: cannot be read (the server answered 503)'), problems.join('\n'));
  });

  test('a server that has a page for everything is not taken for one that has signed', async () => {
    const root = 'https://count.meridian.example/';
    const page = { status: 200, type: 'text/html; charset=utf-8', bytes: Buffer.from('<h1>Welcome</h1>') };
    const welcoming: AskSite = async (address, most) =>
      published().has(address.href.slice(root.length)) ? serverOf(published(), root)(address, most) : page;
    const { problems, signer } = await verify(siteSource(root, welcoming));
    assert.deepEqual([problems, signer], [[], undefined]);
    const nothing = await verify(siteSource(root, async () => page));
    assert.deepEqual(nothing.problems, ['manifest.json: is missing']);
  });

  test('F04: a manifest that points outside of its folder is not followed', async () => {
    const asked: string[] = [];
    for (const path of ['../../etc/passwd', '/etc/passwd', 'https://x.example/', 'a/../../b']) {
      const manifest = firstFormManifest({ files: [{ path, bytes: Buffer.from(''), mediaType: '' }] }, 1, null);
      const files = withChange(published(), 'manifest.json', manifest);
      const source = { ...sourceOf(files), read: counted((one) => asked.push(one), files) };
      const { problems } = await verify(source);
      assert.match(problems[0]!, /^manifest\.json: expected a manifest; files\.\d+\.path: expected a path inside/);
      assert.ok(!asked.includes(path));
    }
  });

  test('a manifest that claims a number without end costs few requests', async () => {
    const manifest = Buffer.from(published().get('manifest.json')!)
      .toString()
      .replace('"number": 3', '"number": 999999');
    const files = withChange(published(), 'manifest.json', manifest);
    let requests = 0;
    const source = { ...sourceOf(files), read: counted(() => requests++, files) };
    assert.ok((await verify(source)).problems.includes('manifests/000004.json: is missing'));
    assert.ok(requests < 30, `${requests} requests`);
  });
});
