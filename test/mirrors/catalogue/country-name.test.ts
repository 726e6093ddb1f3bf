import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCountryNames } from '../../../src/mirrors/catalogue/country-name.ts';

const countryOf = createCountryNames();

const table: [string, string | undefined][] = [
  ['DE', 'DE'],
  ['de', 'DE'],
  ['NO', 'NO'],
  ['UK', 'GB'],
  ['SU', 'RU'],
  ['EL', 'GR'],
  ['el', 'GR'],
  ['XK', 'XK'],
  ['EU', undefined],
  ['ZZ', undefined],
  ['XX', undefined],
  ['Germany', 'DE'],
  ['GERMANY', 'DE'],
  ['United  Kingdom', 'GB'],
  ['United States', 'US'],
  ['United States of America', 'US'],
  ['USA', 'US'],
  ['Türkiye', 'TR'],
  ['Turkiye', 'TR'],
  ['Turkey', 'TR'],
  ['Czechia', 'CZ'],
  ['Czech Republic', 'CZ'],
  ['Russian Federation', 'RU'],
  ['Hong Kong', 'HK'],
  ["Cote d'Ivoire", 'CI'],
  ['Bosnia and Herzegovina', 'BA'],
  ['Viet Nam', 'VN'],
  ['U.K.', 'GB'],
  ['U.S.A.', 'US'],
  ['The United States', 'US'],
  ['United-Kingdom', 'GB'],
  ['Hong-Kong', 'HK'],
  ['Northern Ireland', 'GB'],
  ['Deutschland', 'DE'],
  ['España', 'ES'],
  ['日本', 'JP'],
  ['Україна', 'UA'],
  ['Iran, Islamic Republic of', 'IR'],
  ['Korea, Republic of', 'KR'],
  ['Korea, South', 'KR'],
  ["Korea, Democratic People's Republic of", undefined],
  ['Taiwan, Province of China', 'TW'],
  ['Republic of China', 'TW'],
  ['Bolivia (Plurinational State of)', 'BO'],
  ['Saint Lucia', 'LC'],
  ['Congo', undefined],
  ['Republic', undefined],
  ['U.', undefined],
  ['Atlantis', undefined],
  ['constructor', undefined],
  ['', undefined],
];
for (const [text, code] of table) {
  test(`${text || 'nothing'} is ${code ?? 'no country'}`, () => {
    assert.equal(countryOf(text)?.code, code);
  });
}

test('only a code in capitals is what it should be', () => {
  assert.deepEqual(
    ['DE', 'de', 'UK', 'Germany'].map((text) => countryOf(text)?.isCode),
    [true, false, false, false],
  );
});
