import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Atlas, locateBy } from '../../../src/mirrors/check/whereabouts.ts';

const BERLIN = { latitude: 52.5, longitude: 13.4 };
const NOBODY: Atlas = { countryOf: () => 'ZZ', placeOf: () => undefined, asnOf: () => undefined };
const GERMANY: Atlas = {
  countryOf: (address) => (address === '198.51.100.7' || address === '2001:db8::7' ? 'DE' : 'ZZ'),
  placeOf: (address) => (address === '198.51.100.7' ? BERLIN : undefined),
  asnOf: (address) => (address === '198.51.100.7' ? 64500 : undefined),
};
const HOST = { addresses: { http: 'http://mirror.example/pub', https: 'https://mirror.example/pub' } };
const ADDRESSES: Record<number, string[]> = { 4: ['198.51.100.7'], 6: ['2001:db8::7'] };

test('a mirror stands where its first address is, IPv4 before IPv6', async () => {
  const asked: string[] = [];
  const resolve = async (host: string, family: 4 | 6) => {
    asked.push(`${host} ${family}`);
    return ADDRESSES[family]!;
  };
  assert.deepEqual(await locateBy({ resolve }, GERMANY)(HOST), { country: 'DE', place: BERLIN, asn: 64500 });
  assert.deepEqual(asked, ['mirror.example 4']);
  const onlyV6 = async (_host: string, family: 4 | 6) => (family === 6 ? ADDRESSES[6]! : []);
  assert.deepEqual(await locateBy({ resolve: onlyV6 }, GERMANY)(HOST), { country: 'DE' });
});

test('a written address needs no name server', async () => {
  const resolve = () => assert.fail('nobody is to be asked');
  const addresses = { http: 'http://[2001:db8::7]/pub' };
  assert.deepEqual(await locateBy({ resolve }, GERMANY)({ addresses }), { country: 'DE' });
});

test('G10: what is not known is not said, and no failure is one of the check', async () => {
  const known = async () => ['198.51.100.7'];
  assert.equal(await locateBy({ resolve: known }, NOBODY)(HOST), undefined);
  assert.equal(await locateBy({ resolve: async () => [] }, GERMANY)(HOST), undefined);
  const failing = async () => Promise.reject(Object.assign(new Error('ESERVFAIL'), { code: 'ESERVFAIL' }));
  assert.equal(await locateBy({ resolve: failing }, GERMANY)(HOST), undefined);
  assert.equal(await locateBy({ resolve: known }, GERMANY)({ addresses: { rsync: 'rsync://a.example' } }), undefined);
});
