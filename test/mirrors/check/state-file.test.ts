import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealthState } from '../../../src/mirrors/catalogue.ts';
import { holdState, loadState, moveAside, saveState } from '../../../src/mirrors/check/state-file.ts';
import { MemoryDisk, PowerCut } from '../../support/memory-disk.ts';
import { BASEOS, catalogue, MemoryWeb, mirror, NOW, publish, run } from '../../support/mirror-world.ts';
import { seededRandom } from '../../support/random.ts';

const PATH = '/state/health.json';

async function aState(label = 'a'): Promise<HealthState> {
  const web = new MemoryWeb();
  web.hosts.set('master.example', publish(label, NOW));
  web.hosts.set('one.example', publish(label, NOW));
  web.hosts.set('old.example', publish('old', NOW, NOW - 90_000));
  const names = ['one.example', 'old.example', 'gone.example'];
  const over = catalogue(names.map((name) => mirror(name)));
  const { state } = await run(web, over, undefined, NOW);
  const place = { latitude: 52.5, longitude: 13.4 };
  const one = { ...state.mirrors['one.example']!, whereabouts: { country: 'DE', place, asn: 64500 } };
  return {
    ...state,
    mirrors: { ...state.mirrors, 'one.example': one },
    emergency: { repositories: ['baseos'], until: '2026-07-16T00:00:00Z', why: 'CVE' },
  };
}

function emptyDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeFolder('/state');
  disk.flush('/');
  return disk;
}

function written(disk: MemoryDisk, text: string): MemoryDisk {
  disk.remove(PATH);
  disk.write(PATH, Buffer.from(text));
  return disk;
}

describe('the state file', () => {
  test('gives back what was saved', async () => {
    const disk = emptyDisk();
    for (const state of [await aState(), await aState('b'), { ...(await aState()), emergency: undefined }]) {
      saveState(disk, PATH, state);
      assert.deepEqual(loadState(disk, PATH), { kind: 'loaded', state });
    }
    assert.deepEqual(disk.list('/state'), ['health.json']);
  });

  test('has a line for each mirror', async () => {
    const disk = emptyDisk();
    saveState(disk, PATH, await aState());
    const lines = Buffer.from(disk.read(PATH)).toString().split('\n');
    assert.equal(lines.filter((line) => line.startsWith('"one.example":')).length, 1);
  });

  test('that is not there is none', () => {
    assert.deepEqual(loadState(emptyDisk(), PATH), { kind: 'none' });
  });

  test('that is damaged says what is wrong, and where', async () => {
    const disk = emptyDisk();
    saveState(disk, PATH, await aState());
    const good = Buffer.from(disk.read(PATH)).toString();
    const table: [string, RegExp][] = [
      ['', /not JSON, or not all of it is there/],
      [good.slice(0, good.length >> 1), /not JSON/],
      ['[]', /health.json: the file: /],
      [good.replace('rollcall-health-v1', 'rollcall-health-v9'), /format: expected rollcall-health-v1/],
      [good.replace(/"sha256":"[0-9a-f]{64}"/, '"sha256":"cafe"'), /truth > .*sha256: expected 64 hex digits/],
      [good.replace('"verdict":"current"', '"verdict":"fine"'), /mirrors|truth/],
      [good.replace('"isListed":true', '"isListed":"yes"'), /isListed/],
      [good.replace(/"checked":"[^"]*"/, '"checked":"yesterday"'), /checked: expected a time/],
      [good.replace(BASEOS, 'baseos'), /truth/],
    ];
    for (const [text, message] of table) {
      assert.notEqual(text, good, String(message));
      const loaded = loadState(written(disk, text), PATH);
      assert.equal(loaded.kind, 'damaged', text.slice(0, 40));
      assert.match(loaded.kind === 'damaged' ? loaded.why : '', message);
    }
  });

  test('that is damaged is kept under another name', () => {
    const disk = written(emptyDisk(), 'half of it');
    assert.equal(moveAside(disk, PATH, '2026-07-15T18:00:00Z'), 'health.json.damaged-20260715T180000Z');
    assert.deepEqual(disk.list('/state'), ['health.json.damaged-20260715T180000Z']);
    assert.deepEqual(loadState(disk, PATH), { kind: 'none' });
  });

  test('after a power cut anywhere it is the one before or the one after', async () => {
    const [before, next] = [await aState(), await aState('b')];
    for (let seed = 1; seed <= 20; seed++) {
      for (let steps = 0; steps < 8; steps++) {
        const disk = emptyDisk();
        saveState(disk, PATH, before);
        disk.remaining = steps;
        try {
          saveState(disk, PATH, next);
        } catch (error) {
          assert.ok(error instanceof PowerCut);
        }
        disk.remaining = Number.POSITIVE_INFINITY;
        const found = loadState(disk.cutPower(seededRandom(seed)), PATH);
        assert.equal(found.kind, 'loaded', `seed ${seed}, ${steps} steps`);
        const { truth } = found.kind === 'loaded' ? found.state : next;
        assert.ok([before, next].some((one) => one.truth[BASEOS]![0]!.sha256 === truth[BASEOS]![0]!.sha256));
      }
    }
  });

  test('is changed by one program at a time: the other waits for it', async () => {
    const disk = emptyDisk();
    let isHeld = true;
    disk.lock = () => (isHeld ? (undefined as never) : { release: () => {} });
    let waits = 0;
    const sleep = async () => {
      waits++;
      isHeld = waits < 3;
    };
    assert.equal(await holdState({ disk, sleep }, PATH, () => 'done'), 'done');
    assert.equal(waits, 3);
    isHeld = true;
    await assert.rejects(
      holdState({ disk, sleep: async () => {} }, PATH, () => 'never'),
      /held by another program/,
    );
  });
});
