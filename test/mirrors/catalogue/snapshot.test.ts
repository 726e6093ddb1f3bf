import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Loaded, loadCatalogue } from '../../../src/mirrors/catalogue/load.ts';
import { acceptSnapshot } from '../../../src/mirrors/catalogue/snapshot.ts';
import { folderWith, mirrorText } from '../../support/memory-catalogue.ts';

function loaded(from: number, until: number, configuration?: string): Loaded {
  const numbers = Array.from({ length: until - from }, (_, at) => from + at);
  const files = numbers.map((number) => [`m${number}.yml`, mirrorText(`m${number}.example.org`)] as const);
  return loadCatalogue({ files: folderWith(Object.fromEntries([...files, ['README.md', '']]), configuration) });
}

describe('G09 a snapshot', () => {
  const thirty = loaded(0, 30).catalogue;
  const five = loaded(0, 5).catalogue;
  const table: [string, Loaded, typeof thirty, boolean][] = [
    ['at the start', loaded(0, 1), undefined, true],
    ['that is the same', loaded(0, 30), thirty, true],
    ['with more', loaded(0, 60), thirty, true],
    ['that loses 6 of 30, 20 %', loaded(6, 30), thirty, true],
    ['that loses 7 of 30', loaded(7, 30), thirty, false],
    ['that loses 7 and brings 20', loaded(7, 50), thirty, false],
    ['that loses 4 of 5', loaded(4, 5), five, true],
    ['that cannot be used, at the start', loaded(0, 1, 'versions: 8'), undefined, false],
    ['that cannot be used', loaded(0, 30, 'versions: 8'), thirty, false],
    ['that is empty', loaded(0, 0), five, false],
  ];
  for (const [what, after, before, isAccepted] of table) {
    test(`${what} is ${isAccepted ? 'accepted' : 'refused'}`, () => {
      assert.equal(acceptSnapshot(before, after).isAccepted, isAccepted);
    });
  }

  test('with a master and no mirror left is refused where there were some, however few', () => {
    const master = { ...five!, master: 'https://repo.example.org', mirrors: [] };
    const after = { catalogue: master, warnings: [], errors: [] };
    assert.equal(acceptSnapshot(five, after).isAccepted, false);
    assert.equal(acceptSnapshot(undefined, after).isAccepted, true);
  });

  test('that is refused says why, and what to do', () => {
    const lost = acceptSnapshot(thirty, loaded(10, 30));
    assert.deepEqual(lost, {
      isAccepted: false,
      reason:
        '10 of 30 mirrors would be lost (m0.example.org, m1.example.org, m2.example.org, …); their files are gone; if it is meant, restart the service',
    });
    const broken = acceptSnapshot(thirty, loaded(0, 30, 'versions: "'));
    assert.match(
      broken.isAccepted ? '' : broken.reason,
      /^the configuration cannot be used: config\.yml:1:12: not YAML/,
    );
  });
});
