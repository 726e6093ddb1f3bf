import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { System } from '../../../src/flow/sightings/system.ts';
import { checksumOf } from '../../../src/flow/vault/checksum.ts';
import { type Database, openDatabase } from '../../../src/flow/vault/database.ts';
import { dictionariesOf } from '../../../src/flow/vault/dictionary.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let vaults = 0;

function newDatabase(): Database {
  const database = openDatabase(join(folder, `${vaults++}.sqlite`), 'write');
  after(() => database.close());
  return database;
}

function systemOf(osVersion: string): System {
  return { client: 'libdnf', osName: 'Fedora Linux', osVersion, osVariant: 'server', osArch: 'x86_64' };
}

const systemsOf = (from: number, end: number) =>
  Array.from({ length: end - from }, (_, i) => systemOf(String(from + i)));

describe('the ids of values', () => {
  test('V1: an id, once given, stays with its value, however many are asked for', () => {
    const { systems } = dictionariesOf(newDatabase());
    assert.deepEqual([...systems.idsOf(systemsOf(0, 3))], [1, 2, 3]);
    assert.deepEqual([...systems.idsOf(systemsOf(2, 5).reverse())], [4, 5, 3]);
    assert.equal(systems.idsOf(systemsOf(5, 100)).length, 95);
    // So few that each is looked up by itself.
    assert.deepEqual([...systems.idsOf([systemOf('4'), systemOf('100'), systemOf('0')])], [4, 101, 1]);
    assert.deepEqual([...systems.idsOf([])], []);
    const all = systems.all();
    assert.equal(all.size, 101);
    for (const [id, system] of all) assert.equal(systems.find(system), id);
  });

  test('V1: values are told apart by all their columns', () => {
    const { requests } = dictionariesOf(newDatabase());
    const values = [
      { age: 1 as const, repoTag: 'fedora-42', repoArch: 'x86_64' },
      { age: 2 as const, repoTag: 'fedora-42', repoArch: 'x86_64' },
      { age: 1 as const, repoTag: 'fedora-42', repoArch: '' },
      { age: 1 as const, repoTag: '', repoArch: 'fedora-42' },
      { age: 1 as const, repoTag: '"[é\\,"', repoArch: '' },
    ];
    const ids = requests.idsOf(values);
    assert.deepEqual([...ids], [1, 2, 3, 4, 5]);
    assert.deepEqual([...requests.idsOf(values.toReversed())], [5, 4, 3, 2, 1]);
    assert.deepEqual([...requests.all().values()], values);
  });

  test('V1 V4: values that come again keep their ids; those of a transaction that failed are not taken for known', () => {
    const database = newDatabase();
    const { systems } = dictionariesOf(database);
    const values = systemsOf(0, 5);
    assert.deepEqual([...database.transaction(() => systems.idsOfRecurring(values.slice(0, 3)))], [1, 2, 3]);
    assert.throws(() =>
      database.transaction(() => {
        systems.idsOfRecurring(values);
        throw new Error('no space left');
      }),
    );
    systems.forget();
    // Another program may have got there first.
    const others = dictionariesOf(database).systems;
    assert.deepEqual([...database.transaction(() => others.idsOf([systemOf('77')]))], [4]);
    assert.deepEqual([...database.transaction(() => systems.idsOfRecurring(values.toReversed()))], [5, 6, 3, 2, 1]);
    assert.deepEqual([...systems.idsOfRecurring(values)], [1, 2, 3, 6, 5]);
    assert.equal(systems.all().size, 6);
  });

  test('V1: a value that comes twice is a fault, and nothing of it is kept', () => {
    const database = newDatabase();
    const { systems } = dictionariesOf(database);
    const twice = [systemOf('1'), systemOf('2'), systemOf('1')];
    assert.throws(() => database.transaction(() => systems.idsOf(twice)), /UNIQUE/);
    assert.equal(systems.all().size, 0);
  });

  test('V2: an entry without its checksum is a fault and not a new value', () => {
    const database = newDatabase();
    const { systems } = dictionariesOf(database);
    systems.idsOf(systemsOf(0, 2));
    database.exec("UPDATE system SET os_version = '7' WHERE id = 2");
    assert.throws(() => systems.idsOf(systemsOf(0, 2)), { name: 'VaultFault', kind: 'damaged' });
  });
});

test('V2: a row has the checksum that it was written with, whichever Rollcall wrote it', () => {
  assert.equal(checksumOf([1, 'libdnf', 'Fedora Linux "é"', -1, null]), 1_999_177_252);
  assert.equal(checksumOf([7, Uint8Array.of(1, 2, 255), null, 'x']), 1_038_911_284);
});
