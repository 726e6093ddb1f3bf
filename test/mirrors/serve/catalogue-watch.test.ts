import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Disk, REAL_DISK } from '../../../src/flow/views/files/disk.ts';
import { CatalogueWatch } from '../../../src/mirrors/serve/catalogue-watch.ts';
import { writeMirrorFolder } from '../../support/mirror-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NOW = 1_780_000_000;
const STATE = JSON.stringify({ format: 'rollcall-health-v1', checked: '2026-05-28T20:26:40Z', truth: {}, mirrors: {} });

function watched(context: TestContext) {
  const folder = temporaryFolder(context);
  const mirrors = join(folder, 'mirrors');
  mkdirSync(mirrors);
  const made = writeMirrorFolder(mirrors);
  const said: string[] = [];
  const state = join(folder, 'health.json');
  const watch = new CatalogueWatch(
    { place: mirrors, state },
    { disk: REAL_DISK, now: () => NOW, say: (message) => void said.push(message) },
  );
  const path = (name: string) => join(mirrors, name);
  /** As after a restart. */
  const again = () =>
    new CatalogueWatch(
      { place: mirrors, state },
      { disk: REAL_DISK, now: () => NOW + 60, say: (message) => void said.push(message) },
    );
  return { watch, again, said, state, path, made };
}

/** A file system may not tell two writes of one millisecond apart. */
function write(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, NOW + Math.random() * 1e6, NOW + Math.random() * 1e6);
}

describe('N9 G09: the last good catalogue stays', () => {
  const damages: [name: string, damage: (path: (name: string) => string) => void][] = [
    ['config.yml is broken', (path) => write(path('config.yml'), 'versions: [9, "')],
    ['config.yml is empty', (path) => write(path('config.yml'), '')],
    ['config.yml is gone', (path) => rmSync(path('config.yml'))],
    ['the mirrors are gone', (path) => rmSync(path('mirrors.d'), { recursive: true })],
    [
      'all mirrors are broken',
      (path) => {
        for (const file of readdirSync(path('mirrors.d'))) write(path(`mirrors.d/${file}`), 'name: [');
      },
    ],
    [
      'a third of the mirrors is gone',
      (path) => {
        for (const file of readdirSync(path('mirrors.d')).slice(0, 180)) rmSync(path(`mirrors.d/${file}`));
      },
    ],
    ['the whole folder is gone', (path) => rmSync(path('.'), { recursive: true })],
    [
      'the folder is a link to itself',
      (path) => {
        rmSync(path('.'), { recursive: true });
        symlinkSync(path('.'), path('.'));
      },
    ],
  ];
  for (const [name, damage] of damages) {
    test(name, (context) => {
      const { watch, said, path } = watched(context);
      assert.equal(watch.load(), true);
      const { parts } = watch;
      damage(path);
      // As the timer does.
      watch.look();
      watch.load();
      assert.equal(watch.parts!.catalogue, parts!.catalogue);
      assert.notEqual(watch.status.catalogue.refused, undefined);
      assert.ok(
        said.some((message) => message.startsWith('refused: ')),
        said.join('\n'),
      );
    });
  }

  const unusable = damages.filter(
    ([name]) => !['all mirrors are broken', 'a third of the mirrors is gone'].includes(name),
  );
  for (const [name, damage] of unusable) {
    test(`${name}: a start goes on by what was good before it, and says so`, (context) => {
      const { watch, again, said, path } = watched(context);
      watch.load();
      damage(path);
      const next = again();
      assert.equal(next.load(), true);
      assert.deepEqual(next.parts!.catalogue, watch.parts!.catalogue);
      assert.notEqual(next.status.catalogue.refused, undefined);
      assert.equal(next.status.catalogue.mirrors, watch.status.catalogue.mirrors);
      assert.match(said.join('\n'), /^refused: .*\n.*serving what was last good, 530 mirrors/s);
    });
  }

  test('a start after a repair takes what is there, and nothing of before', (context) => {
    const { watch, again, path } = watched(context);
    watch.load();
    const whole = readFileSync(path('config.yml'), 'utf8');
    write(path('config.yml'), '');
    const next = again();
    next.load();
    write(path('config.yml'), whole);
    for (const file of readdirSync(path('mirrors.d')).slice(0, 3)) rmSync(path(`mirrors.d/${file}`));
    assert.equal(next.load(), true);
    assert.equal(next.status.catalogue.refused, undefined);
    assert.equal(again().load(), true);
    assert.ok(next.parts!.catalogue.mirrors.length < watch.parts!.catalogue.mirrors.length);
  });

  const worthless: [name: string, keep: (state: string, folder: string) => void][] = [
    ['nothing was kept', (state) => rmSync(`${state}.last-good.json`)],
    ['what was kept is damaged', (state) => truncateSync(`${state}.last-good.json`, 5_000)],
    [
      'what was kept is of another folder',
      (state, folder) => {
        const kept = JSON.parse(readFileSync(`${state}.last-good.json`, 'utf8'));
        writeFileSync(`${state}.last-good.json`, JSON.stringify({ ...kept, place: join(folder, 'elsewhere') }));
      },
    ],
  ];
  for (const [name, spoil] of worthless) {
    test(`${name}: a start with an unusable folder fails`, (context) => {
      const { watch, again, state, path } = watched(context);
      watch.load();
      spoil(state, path('.'));
      write(path('config.yml'), '');
      assert.equal(again().load(), false);
    });
  }

  test('what is good is kept in one step, and once as long as it stays the same', (context) => {
    const { watch, state } = watched(context);
    watch.load();
    const { ino } = statSync(`${state}.last-good.json`);
    writeFileSync(state, STATE);
    assert.equal(watch.load(), true);
    assert.equal(statSync(`${state}.last-good.json`).ino, ino);
  });

  test('a service that may not write beside its state says so once, and serves', (context) => {
    const { said, state, path } = watched(context);
    const disk: Disk = {
      ...REAL_DISK,
      write: () => {
        throw Object.assign(new Error('read-only'), { code: 'EROFS' });
      },
    };
    const watch = new CatalogueWatch(
      { place: path('.'), state },
      { disk, now: () => NOW, say: (message) => void said.push(message) },
    );
    assert.equal(watch.load(), true);
    watch.load();
    assert.equal(said.filter((message) => message.includes('EROFS')).length, 1);
  });

  test('one broken mirror is left out, and the rest is taken', (context) => {
    const { watch, said, path, made } = watched(context);
    watch.load();
    const [file] = made.files.keys();
    write(path(`mirrors.d/${file}`), 'name: [');
    assert.equal(watch.load(), true);
    assert.equal(watch.parts!.catalogue.mirrors.length, made.mirrors.length - 1);
    assert.equal(watch.status.catalogue.refused, undefined);
    assert.ok(said.some((message) => message.startsWith(`left out: mirrors.d/${file}:`)));
  });

  test('without a catalogue from the start there is nothing to answer by', (context) => {
    const { watch, path } = watched(context);
    rmSync(path('config.yml'));
    assert.equal(watch.load(), false);
    assert.equal(watch.parts, undefined);
  });

  test('a state that is damaged or gone is refused, and the one before stays', (context) => {
    const { watch, state } = watched(context);
    write(state, STATE);
    watch.load();
    const before = watch.parts!.state;
    assert.equal(before!.checked, '2026-05-28T20:26:40Z');
    for (const spoil of [() => write(state, STATE.slice(0, 40)), () => rmSync(state)]) {
      spoil();
      watch.load();
      assert.equal(watch.parts!.state, before);
      assert.notEqual(watch.status.health!.refused, undefined);
    }
    write(state, STATE.replace('20:26', '20:41'));
    watch.load();
    assert.equal(watch.status.health!.refused, undefined);
    assert.equal(watch.parts!.state!.checked, '2026-05-28T20:41:40Z');
  });
});

test('a distribution without mirrors has nothing to check', (context) => {
  const folder = temporaryFolder(context);
  const place = join(folder, 'endpoint.yaml');
  writeFileSync(place, 'endpoint_only: true\ntags: [example-stable]\n');
  const effects = { disk: REAL_DISK, now: () => NOW, say: () => {} };
  const watch = new CatalogueWatch({ place, state: join(folder, 'health.json') }, effects);
  assert.equal(watch.load(), true);
  assert.equal(watch.status.health, undefined);
});

test('the networks that the check has loaded are those of their mirrors', (context) => {
  const { watch, state } = watched(context);
  watch.load();
  const mirrorWithList = () => watch.parts!.catalogue.mirrors.find(({ networkLists }) => networkLists !== undefined)!;
  const { networkLists, subnets } = mirrorWithList();
  const [{ url, regions }] = networkLists as [{ url: string; regions: string[] }];
  const lists = { [[url, ...regions].join(' ')]: { loaded: '2026-05-28T20:26:40Z', networks: ['198.18.200.0/24'] } };
  write(`${state}.networks.json`, JSON.stringify({ format: 'rollcall-networks-v1', lists }));
  watch.look();
  assert.equal(watch.look(), true);
  assert.deepEqual(mirrorWithList().subnets, [...subnets, '198.18.200.0/24']);
});

describe('what has changed is found', () => {
  const changes: [name: string, change: (path: (name: string) => string, state: string) => void][] = [
    ['in config.yml', (path) => utimesSync(path('config.yml'), NOW, NOW)],
    ['in a mirror', (path) => utimesSync(path(`mirrors.d/${readdirSync(path('mirrors.d'))[7]}`), NOW, NOW)],
    [
      'a new mirror',
      (path) => {
        mkdirSync(path('other'));
        writeMirrorFolder(path('other'), 2);
        write(path('mirrors.d/zz.example.org.yml'), MIRROR);
      },
    ],
    ['in the state', (_path, state) => write(state, STATE)],
  ];
  for (const [name, change] of changes) {
    test(`${name}, once it has settled`, (context) => {
      const { watch, path, state } = watched(context);
      watch.load();
      assert.equal(watch.look(), false);
      change(path, state);
      assert.equal(watch.look(), false, 'a git pull may still be writing');
      assert.equal(watch.look(), true);
      assert.equal(watch.look(), false);
    });
  }
});

const MIRROR = `name: zz.example.org
address: {http: "http://zz.example.org/almalinux/", https: "https://zz.example.org/almalinux/"}
update_frequency: 3h
sponsor: Example
sponsor_url: https://example.org/
email: mirror@example.org
geolocation: {country: DE}
`;
