import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { asLogged } from '../../../src/flow/requests/as-logged.ts';
import { unescapeLog } from '../../../src/flow/sightings/clean-text.ts';
import { type Answer, answer } from '../../../src/mirrors/answers/answer.ts';
import { element, text } from '../../../src/mirrors/answers/xml.ts';
import { mirror, NOW, serviceOf, smallCatalogue } from '../../support/mirror-service.ts';
import { testSeed } from '../../support/random.ts';

const seed = testSeed();
const service = serviceOf(smallCatalogue([mirror('a'), mirror('b')], { endpointTags: ['bluefin'] }));

function ask(target: string, method = 'GET'): Answer | undefined {
  return answer(service, { method, target, client: { address: '192.0.2.1', country: 'DE' }, now: NOW });
}

/** What holds for every answer. */
function assertSound(found: Answer, target: string): void {
  assert.ok([200, 400, 404, 405, 414].includes(found.status), target);
  for (const [name, value] of Object.entries(found.headers))
    assert.match(`${name}: ${value}`, /^[\x20-\x7e]*$/, target);
  assert.equal(found.headers['Cache-Control'], 'private, no-store');
  assert.doesNotMatch(found.body, /\r|[\x00-\x08\x0b\x0c\x0e-\x1f]/, target);
  assert.ok(found.body.length < 5000, target);
  // HEAD.
  if (found.body === '') return;
  const type = found.headers['Content-Type']!;
  if (type.startsWith('application/json')) assert.doesNotThrow(() => JSON.parse(found.body));
  if (type.startsWith('application/metalink')) assertWellFormed(found.body);
  if (type.startsWith('text/plain') && found.status === 200)
    assert.match(found.body, /^(?:https?:\/\/\S+\n)+$/, target);
}

/** Every tag closes, and nothing outside of tags could open one. */
function assertWellFormed(xml: string): void {
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml [^>]*\?>\n/, '')
    .replace(/<!--(?:(?!--)[^<>])*-->/g, '')
    .replace(/<(\/?)([\w:]+)(?: [\w:]+="[^"<>]*")*>/g, (_tag, slash: string, name: string) => {
      if (slash === '') open.push(name);
      else assert.equal(open.pop(), name, xml);
      return '';
    });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/, xml);
}

const fragment = fc.constantFrom(
  ...[
    '/mirrorlist',
    '/metalink',
    '/isolist',
    '/explain',
    '/empty',
    '/9',
    '/baseos',
    '/',
    '?',
    '&',
    '=',
    '%',
    '%0d%0a',
    '%00',
  ],
  ...[
    'repo=',
    'arch=',
    'country=',
    'protocol=',
    'countme=',
    'baseos-9',
    'x86_64',
    'DE',
    'https',
    '1',
    'bluefin',
    '..',
    '%2e%2e',
  ],
  ...[
    '%2f',
    '..%5c',
    '--',
    '-->',
    '<!--',
    ']]>',
    '<script>',
    '%3Cx%3E',
    '"',
    "'",
    '\\',
    '\xff',
    '\xc3\xa9',
    '%ED%A0%80',
    '$basearch',
  ],
);
const target = fc.oneof(
  fc.array(fragment, { maxLength: 25 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('/mirrorlist?', '/metalink?'), fc.array(fragment, { maxLength: 12 }))
    .map(([path, parts]) => path + parts.join('')),
  fc.string({ unit: 'binary' }).map((tail) => `/metalink?repo=${tail}&arch=${tail}`),
  fc.string({ unit: 'binary' }).map((tail) => `/mirrorlist/${tail}`),
);

describe(`any request (seed ${seed})`, () => {
  test('N7 G02 G05: is answered without an error, in one piece, with nothing of it in a header', () => {
    const property = fc.property(target, fc.constantFrom('GET', 'HEAD', 'POST', 'get', ''), (asked, method) => {
      const found = ask(asked, method);
      if (found !== undefined) assertSound(found, asked);
    });
    fc.assert(property, { seed, numRuns: 3000 });
  });

  test('G05: XML holds any text, and only as text', () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (value) => {
      assertWellFormed(element('a', { b: value }, text(value)));
    });
    fc.assert(property, { seed, numRuns: 1000 });
  });

  test('a target as a log holds it is the target again', () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 })).map((codes) => String.fromCharCode(...codes));
    const property = fc.property(bytes, (value) => assert.equal(unescapeLog(asLogged(value)), value));
    fc.assert(property, { seed, numRuns: 500 });
  });
});

describe('large requests', () => {
  test('G02: an address of 64 KiB or 10,000 keys is too long', () => {
    const many = Array.from({ length: 10_000 }, (_, key) => `k${key}=1`).join('&');
    for (const asked of [`/mirrorlist?repo=${'a'.repeat(65_536)}`, `/mirrorlist?${many}`, `/${'/'.repeat(65_536)}`]) {
      assert.equal(ask(asked)?.status, 414);
    }
  });

  test('G02: a name is repeated in an error only so far', () => {
    for (const path of [`/mirrorlist/9/${'x'.repeat(4000)}`, `/metalink?arch=a&repo=${'%22'.repeat(1300)}`]) {
      const found = ask(path)!;
      assert.equal(found.status, 404);
      assert.ok(found.body.length < 1000);
    }
  });
});

test('G04: no path leads anywhere but to the names of the catalogue', () => {
  for (const name of [
    '..',
    '%2e%2e',
    '..%2f..%2fetc',
    '..%5c',
    '%00',
    '/etc/passwd',
    '%252e',
    'baseos%00',
    'baseos%2f..',
  ]) {
    for (const path of [
      `/mirrorlist/9/${name}`,
      `/mirrorlist/${name}/baseos`,
      `/isolist/9/${name}`,
      `/metalink/9/${name}`,
    ]) {
      const found = ask(path);
      assert.ok(found === undefined || found.status === 404, path);
    }
  }
});
