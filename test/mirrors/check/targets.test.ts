import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Repository } from '../../../src/mirrors/catalogue.ts';
import { addressesFor, targetsOf } from '../../../src/mirrors/check/targets.ts';
import { catalogue, mirror } from '../../support/mirror-world.ts';

const repository = (more: Partial<Repository>): Repository => ({
  name: 'baseos',
  path: 'BaseOS/$basearch/os/',
  versions: [],
  arches: [],
  isVault: false,
  ...more,
});

function keys(repositories: Repository[], more = {}): string[] {
  return targetsOf(catalogue([], { repositories, ...more })).map(({ key }) => key);
}

describe('what is looked at', () => {
  test('every repository of every version that mirrors have, under its full version, for its architectures', () => {
    assert.deepEqual(keys([repository({})]), [
      '9.8/baseos/x86_64',
      '9.8/baseos/aarch64',
      '10.2/baseos/x86_64',
      '10.2/baseos/aarch64',
    ]);
  });

  test('nothing of the vault', () => {
    assert.deepEqual(keys([repository({ isVault: true })]), []);
  });

  test('a repository of one version or architecture only there; a major version stands for its minor one', () => {
    assert.deepEqual(keys([repository({ versions: ['9'], arches: ['x86_64'] })]), ['9.8/baseos/x86_64']);
    assert.deepEqual(keys([repository({ versions: ['10.2'], arches: ['aarch64'] })]), ['10.2/baseos/aarch64']);
    assert.deepEqual(keys([repository({ versions: ['1'] })]), []);
  });

  test('a module under its own name, on the mirrors that have addresses for it', () => {
    const modules = new Map([['kitten', ['10']]]);
    const targets = targetsOf(catalogue([], { repositories: [repository({ arches: ['x86_64'] })], modules }));
    const kitten = targets.find(({ module }) => module === 'kitten')!;
    assert.equal(kitten.key, '10-kitten/baseos/x86_64');
    assert.equal(kitten.path, '10-kitten/BaseOS/x86_64/os/repodata/repomd.xml');
    assert.equal(addressesFor(mirror('one.example'), kitten), undefined);
    const moduleAddresses = new Map([['kitten', { https: 'https://one.example/kitten' }]]);
    assert.deepEqual(addressesFor(mirror('one.example', { moduleAddresses }), kitten), moduleAddresses.get('kitten'));
  });

  test('the architecture stands where the path has it, with or without slashes at its ends', () => {
    const [target] = targetsOf(
      catalogue([], { repositories: [repository({ path: '/extras/$basearch/os' })], versions: ['9.8'], aliases: [] }),
    );
    assert.equal(target!.path, '9.8/extras/x86_64/os/repodata/repomd.xml');
  });
});
