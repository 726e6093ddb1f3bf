import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { type Disk, REAL_DISK } from '../../../../src/flow/views/files/disk.ts';
import { PublishError, writePublication } from '../../../../src/flow/views/files/write-publication.ts';
import { MemoryDisk, PowerCut } from '../../../support/memory-disk.ts';
import { fingerprint, fingerprintOf, type SmallPublication, smallPublications } from '../../../support/publishing.ts';
import { seededRandom, testSeed } from '../../../support/random.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const seed = testSeed();
const folder = temporaryFolder();
const publications = smallPublications(4);
const [first, second, third, fourth] = publications as [
  SmallPublication,
  SmallPublication,
  SmallPublication,
  SmallPublication,
];
let places = 0;

function newPlace(): string {
  const place = join(folder, `place-${places++}`);
  mkdirSync(place);
  return join(place, 'site');
}

function write(out: string, { files, number }: SmallPublication, disk: Disk = REAL_DISK) {
  return writePublication(disk, out, files, number);
}

function seen(out: string): string {
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return fingerprint(paths.map((path) => [relative(out, path), readFileSync(path)] as const));
}

function stored(out: string): string[] {
  return readdirSync(`${out}.publications`).filter((name) => name !== '.lock');
}

describe('publishing', () => {
  test('readers find all files through one link, which stays in its place', () => {
    const out = newPlace();
    const { folder: shown, hasChanged } = write(out, first);
    assert.ok(hasChanged);
    assert.equal(seen(out), fingerprintOf(first));
    assert.equal(seen(shown), fingerprintOf(first));
    assert.match(readlinkSync(out), /^site\.publications\/000001-[0-9a-f]{12}$/);
  });

  test('the same again changes nothing', () => {
    const out = newPlace();
    write(out, first);
    const before = stored(out);
    assert.equal(write(out, first).hasChanged, false);
    assert.deepEqual(stored(out), before);
  });

  test('the publication before stays for its readers, older ones go', () => {
    const out = newPlace();
    for (const publication of publications) write(out, publication);
    assert.equal(seen(out), fingerprintOf(fourth));
    assert.deepEqual(
      stored(out)
        .map((name) => name.slice(0, 6))
        .sort(),
      ['000003', '000004'],
    );
  });

  test('an empty folder is replaced, and one that was published damaged is written anew', () => {
    const out = newPlace();
    mkdirSync(out);
    const { folder: shown } = write(out, first);
    writeFileSync(join(shown, 'index.html'), 'damaged');
    assert.ok(write(out, first).hasChanged);
    assert.equal(seen(out), fingerprintOf(first));
  });

  test('O12: recorded is what is on the disk, before anybody sees it; what is not recorded is not shown', () => {
    const out = newPlace();
    write(out, first);
    const noted = () => {
      assert.equal(seen(out), fingerprintOf(first));
      assert.ok(stored(out).some((name) => name.startsWith('000002-')));
      throw new Error('the vault is busy');
    };
    assert.throws(
      () => writePublication(REAL_DISK, out, second.files, second.number, noted),
      /^Error: the vault is busy$/,
    );
    assert.equal(seen(out), fingerprintOf(first));
    let records = 0;
    const count = () => void records++;
    writePublication(REAL_DISK, out, second.files, second.number, count);
    assert.deepEqual([seen(out), records], [fingerprintOf(second), 1]);
    const refused = [...third.files, { path: '../x', bytes: Buffer.from(''), mediaType: '' }];
    assert.throws(() => writePublication(REAL_DISK, out, refused, third.number, count), PublishError);
    assert.equal(records, 1);
  });

  test('what killed runs have left is gone after the next', () => {
    const out = newPlace();
    write(out, first);
    const store = `${out}.publications`;
    mkdirSync(join(store, '.partial-000002-0123456789ab', 'data'), { recursive: true });
    mkdirSync(join(store, '.gone-000001-0123456789ab'));
    symlinkSync('nowhere', join(store, '.link'));
    writeFileSync(join(store, 'notes.txt'), 'of the operator');
    write(out, second);
    assert.deepEqual(
      stored(out)
        .map((name) => name.slice(0, 6))
        .sort(),
      ['000001', '000002', 'notes.'],
    );
  });

  test('F04: paths that leave the folder or are there twice are refused before anything is written', () => {
    for (const path of ['../x', '/x', 'a//b', 'INDEX.html']) {
      const out = newPlace();
      const files = [...first.files, { path, bytes: Buffer.from(''), mediaType: '' }];
      assert.throws(() => write(out, { ...first, files }), PublishError, path);
      assert.ok(!existsSync(`${out}.publications`));
    }
  });
});

describe('places that are not ours', () => {
  function assertRefused(out: string, message: RegExp): void {
    assert.throws(
      () => write(out, first),
      (error: unknown) => error instanceof PublishError && message.test(error.message),
    );
  }

  test('a folder with files', () => {
    const out = newPlace();
    mkdirSync(out);
    writeFileSync(join(out, 'precious.txt'), 'mine');
    assertRefused(out, /is a folder with files that were not published here; empty it or name another/);
    assert.equal(readFileSync(join(out, 'precious.txt'), 'utf8'), 'mine');
  });

  test('a file', () => {
    const out = newPlace();
    writeFileSync(out, 'mine');
    assertRefused(out, /is a file; name a folder that does not exist yet/);
    assert.equal(readFileSync(out, 'utf8'), 'mine');
  });

  test('a link to somewhere else', () => {
    for (const target of ['..', '/tmp', 'site.publications', 'site.publications/other', '../x/000001-0123456789ab']) {
      const out = newPlace();
      symlinkSync(target, out);
      assertRefused(out, /is a link to something that was not published here/);
      assert.equal(readlinkSync(out), target);
    }
  });

  test('a parent that is not there, and a file where the publications would be', () => {
    assertRefused(join(newPlace(), 'deep', 'site'), /parent folder does not exist; create it/);
    const out = newPlace();
    writeFileSync(`${out}.publications`, 'mine');
    assertRefused(out, /expected a folder for publications; move away what is there/);
  });

  test('another run that is publishing there', () => {
    const out = newPlace();
    write(out, first);
    const lock = REAL_DISK.lock(join(`${out}.publications`, '.lock'));
    assert.ok(lock);
    assertRefused(out, /another run is publishing here; try again/);
    lock.release();
    write(out, second);
    assert.equal(seen(out), fingerprintOf(second));
  });
});

/** A disk with room for so many more bytes; every name takes some. */
function smallDisk(room: number): Disk {
  const take = (bytes: number) => {
    room -= bytes;
    if (room < 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  return {
    ...REAL_DISK,
    makeFolder: (path) => {
      take(100);
      REAL_DISK.makeFolder(path);
    },
    write: (path, bytes) => {
      const fitting = Math.min(room, bytes.length);
      REAL_DISK.write(path, bytes.subarray(0, Math.max(0, fitting)));
      take(bytes.length);
    },
    link: (target, path) => {
      take(100);
      REAL_DISK.link(target, path);
    },
    rename: (from, to) => {
      take(10);
      REAL_DISK.rename(from, to);
    },
  };
}

describe('a full disk', () => {
  test('E03: wherever it fills up, the old publication is served and nothing half-written is left', () => {
    const out = newPlace();
    write(out, first);
    const needed = second.files.reduce((sum, { bytes }) => sum + bytes.length, 0) + 1_500;
    let failures = 0;
    for (let room = 0; room < needed; room += Math.ceil(needed / 60)) {
      try {
        write(out, second, smallDisk(room));
        write(out, first);
      } catch (error) {
        failures += 1;
        assert.ok(error instanceof PublishError, String(error));
        assert.match(error.message, /no space left.*free space; what was published before is unchanged/);
        assert.equal(seen(out), fingerprintOf(first), `${room} bytes`);
        assert.deepEqual(
          stored(out).filter((name) => name.startsWith('.partial')),
          [],
        );
      }
    }
    assert.ok(failures > 40, `${failures} failures`);
    write(out, second);
    assert.equal(seen(out), fingerprintOf(second));
  });

  test('E03: the first publication fails as a whole, too', () => {
    const out = newPlace();
    assert.throws(() => write(out, first, smallDisk(500)), PublishError);
    assert.ok(!existsSync(out));
    write(out, first);
    assert.equal(seen(out), fingerprintOf(first));
    rmSync(out);
  });
});

describe('a power cut', () => {
  const OUT = '/srv/site';

  function found(disk: MemoryDisk): string {
    if (disk.kindOf(OUT) === 'nothing') return 'nothing';
    const root = disk.follow(OUT);
    const below = (path: string): string[] =>
      disk.list(path).flatMap((name) => {
        const each = join(path, name);
        return disk.kindOf(each) === 'folder' ? below(each) : [each];
      });
    if (disk.kindOf(root) !== 'folder') return 'a link to nothing';
    return fingerprint(below(root).map((path) => [relative(root, path), disk.read(path)] as const));
  }

  function diskAfter(...written: SmallPublication[]): MemoryDisk {
    const disk = new MemoryDisk();
    disk.makeFolder('/srv');
    disk.flush('/');
    for (const publication of written) write(OUT, publication, disk);
    return disk;
  }

  /** Cuts the power before each step of the last publication; counts what is found. */
  function cutEverywhere(
    before: SmallPublication[],
    next: SmallPublication,
    allowed: ReadonlySet<string>,
  ): Set<string> {
    const random = seededRandom(seed);
    const states = new Set<string>();
    for (let steps = 0; ; steps++) {
      const disk = diskAfter(...before);
      disk.remaining = steps;
      let wasCut = false;
      try {
        write(OUT, next, disk);
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        wasCut = true;
      }
      for (let round = 0; round < 20; round++) {
        const after = disk.cutPower(random);
        const state = found(after);
        assert.ok(allowed.has(state), `${steps} steps: found ${state}`);
        states.add(state);
        write(OUT, third, after);
        assert.equal(found(after), fingerprintOf(third), `${steps} steps, and published again`);
      }
      if (!wasCut) return states;
    }
  }

  test(`E10: at any moment of the first publication: nothing or all of it (seed ${seed})`, () => {
    const states = cutEverywhere([], first, new Set(['nothing', fingerprintOf(first)]));
    assert.equal(states.size, 2);
  });

  test(`E10: at any moment of a later one: the old or the new, never a mixture (seed ${seed})`, () => {
    const states = cutEverywhere([first], second, new Set([fingerprintOf(first), fingerprintOf(second)]));
    assert.equal(states.size, 2);
  });

  test(`E10: also while older ones are removed (seed ${seed})`, () => {
    const states = cutEverywhere([first, second], fourth, new Set([fingerprintOf(second), fingerprintOf(fourth)]));
    assert.equal(states.size, 2);
  });

  test('E10: the model finds a publication that does not flush', () => {
    const lazy = new Proxy(diskAfter(first), {
      get: (disk, property: keyof MemoryDisk) => {
        if (property === 'flush') return () => {};
        const value = disk[property];
        return typeof value === 'function' ? value.bind(disk) : value;
      },
    });
    write(OUT, second, lazy);
    const random = seededRandom(seed);
    const states = new Set(Array.from({ length: 200 }, () => found(lazy.cutPower(random))));
    assert.ok(states.size > 2, `${states.size} states`);
  });
});
