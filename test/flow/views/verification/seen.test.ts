import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../../../../src/flow/views/files/hash.ts';
import { chainOf, historyFiles, issueManifest, manifestFiles } from '../../../../src/flow/views/files/manifest.ts';
import { signatureFiles } from '../../../../src/flow/views/files/signature.ts';
import {
  RememberError,
  readRemembered,
  remembered,
  rememberedText,
  signerProblems,
} from '../../../../src/flow/views/verification/remembered.ts';
import { readSeen, type Seen } from '../../../../src/flow/views/verification/seen.ts';
import { type Asked, verifyPublished } from '../../../../src/flow/views/verification/verify-published.ts';
import { sourceOf } from '../../../support/publishing.ts';
import { testSeed } from '../../../support/random.ts';
import { samplePublication } from '../../../support/sample-publication.ts';

const seed = testSeed();
const pair = generateKeyPairSync('ed25519');
const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const sample = samplePublication();

interface Copy {
  hash: string;
  files: ReadonlyMap<string, Uint8Array>;
}

/** A publication for each text, of a site that shows it; all signed. */
function copiesOf(texts: readonly string[], distribution = 'meridian'): Copy[] {
  const history: string[] = [];
  const publication = { ...sample, distribution: { ...sample.distribution, id: distribution } };
  return texts.map((text) => {
    const files = [{ path: 'index.html', bytes: Buffer.from(text), mediaType: 'text/html' }];
    const issued = issueManifest(publication, files, chainOf(history));
    const all = [...files, ...manifestFiles(issued, historyFiles(history)), ...signatureFiles(issued.text, pem, '')];
    history.push(issued.text);
    return { hash: issued.id.sha256, files: new Map(all.map(({ path, bytes }) => [path, bytes])) };
  });
}

const copies = copiesOf(['one', 'two', 'three', 'four', 'five']);
/** Another two after the same first three. */
const forked = copiesOf(['one', 'two', 'three', 'other', 'five']);

async function verify({ files }: Copy, asked: Asked) {
  return await verifyPublished(sourceOf(files), { trusted: pair.publicKey, ...asked });
}

async function kindsOf(copy: Copy, seen: Seen): Promise<string[]> {
  return (await verify(copy, { seen: [seen] })).problems.map(({ kind }) => kind);
}

describe('O13: what was seen', () => {
  test('the publication itself, and each that descends from it, by number, hash or both', async () => {
    for (const [index, { hash }] of copies.slice(0, 3).entries()) {
      const number = index + 1;
      for (const copy of [...copies.slice(index), ...forked.slice(Math.max(index, 2))])
        for (const seen of [{ number }, { sha256: hash }, { number, sha256: hash }])
          assert.deepEqual(await kindsOf(copy, seen), [], `${number}`);
    }
  });

  test('an older one is refused, although it is well signed, and it is said what was seen and what is there', async () => {
    const { problems } = await verify(copies[1]!, { seen: [{ number: 4, sha256: copies[3]!.hash }, { number: 4 }] });
    assert.deepEqual(problems, [
      {
        kind: 'rollback',
        text: `you have seen publication 4 (${copies[3]!.hash}); this is publication 2 (${copies[1]!.hash}), an older one, however well it is signed`,
      },
      {
        kind: 'rollback',
        text: `you have seen publication 4; this is publication 2 (${copies[1]!.hash}), an older one, however well it is signed`,
      },
    ]);
  });

  test('a fork is named as one: the same number with another hash, or a chain without what was seen', async () => {
    const { problems } = await verify(forked[4]!, {
      seen: [{ number: 4, sha256: copies[3]!.hash }, { sha256: copies[3]!.hash }],
    });
    assert.deepEqual(problems, [
      {
        kind: 'fork',
        text: `you have seen publication 4 (${copies[3]!.hash}); here publication 4 (${forked[3]!.hash}) stands in its place: this is a fork, in which what you saw was never published`,
      },
      {
        kind: 'fork',
        text: `you have seen the manifest ${copies[3]!.hash}, which is not in the chain of publication 5 (${forked[4]!.hash}): this is a fork, in which what you saw was never published`,
      },
    ]);
  });

  test(`whatever was seen of whichever of two histories: only what descends from it passes (seed ${seed})`, async () => {
    const text = fc.constantFrom('a', 'b');
    const history = fc.array(text, { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(history, history, fc.nat(4), async (ours, theirs, at) => {
      const [seenIn, shown] = [ours, theirs].map((texts) => texts.map((each, n) => `${n}${each}`));
      const number = Math.min(at + 1, seenIn!.length);
      const seen = { number, sha256: copiesOf(seenIn!)[number - 1]!.hash };
      const descends = number <= shown!.length && seenIn!.slice(0, number).every((each, n) => each === shown![n]);
      const copy = copiesOf(shown!).at(-1)!;
      const expected = descends ? [] : [number > shown!.length ? 'rollback' : 'fork'];
      assert.deepEqual(await kindsOf(copy, seen), expected);
      assert.deepEqual(await kindsOf(copy, { sha256: seen.sha256 }), descends ? [] : ['fork']);
    });
    await fc.assert(property, { seed, numRuns: 200 });
  });

  test('--seen takes a number or the digits of a hash, and nothing else', () => {
    assert.deepEqual(readSeen('12'), { number: 12 });
    assert.deepEqual(readSeen(sha256('x').toUpperCase()), { sha256: sha256('x') });
    for (const text of ['', '0', '-1', '1.5', '1234567', 'latest', sha256('x').slice(1), `${sha256('x')} `])
      assert.equal(readSeen(text), undefined, text);
  });
});

describe('O13: what is remembered', () => {
  async function seenOf(copy: Copy, asked: Asked = {}) {
    const { manifest, id, signer } = await verify(copy, asked);
    return remembered(manifest!, id!, signer);
  }

  test('comes back as it was written, and is as good as --seen', async () => {
    const seen = readRemembered(rememberedText(await seenOf(copies[2]!)), 'seen');
    assert.deepEqual(seen, await seenOf(copies[2]!));
    assert.deepEqual(await kindsOf(copies[4]!, seen), []);
    assert.deepEqual(await kindsOf(copies[1]!, seen), ['rollback']);
    assert.deepEqual(await kindsOf(copiesOf(['one', 'x', 'y', 'z'])[3]!, seen), ['fork']);
  });

  test('of another distribution is no fork and no rollback, but another publication', async () => {
    const { problems } = await verify(copiesOf(['one'], 'other')[0]!, { seen: [await seenOf(copies[4]!)] });
    assert.deepEqual(problems, [
      {
        kind: 'other-publication',
        text: 'what you remember is a publication of meridian, and this is one of other',
      },
    ]);
  });

  test('damaged, or written by something else, is told with what to do', () => {
    const text = '{\n  "distribution": "meridian",\n  "number": 3,\n';
    for (const damaged of ['', text, '{}', 'null', '[1]', '{"number":1,"sha256":"abc"}', 'secret words'])
      assert.throws(
        () => readRemembered(damaged, 'count.seen'),
        (error: unknown) =>
          error instanceof RememberError &&
          /^count\.seen: .*was left as it is.*--seen/.test(error.message) &&
          !error.message.includes('words'),
      );
  });

  test('what was signed once must stay signed by the same key, unless a key is given', async () => {
    const seen = await seenOf(copies[1]!);
    const other = generateKeyPairSync('ed25519').publicKey;
    assert.deepEqual(signerProblems(seen, pair.publicKey, undefined), []);
    assert.match(signerProblems(seen, undefined, undefined)[0]!.text, /no good signature.*--key/);
    assert.match(signerProblems(seen, other, undefined)[0]!.text, /another key.*--key/);
    assert.deepEqual(signerProblems(seen, other, other), []);
    assert.deepEqual(signerProblems({ ...seen, key: null }, undefined, undefined), []);
  });
});
