import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The fault catalogue: its groups and how many cases each has; P are its properties. */
const CATALOGUE = { A: 24, B: 11, C: 12, D: 25, E: 15, F: 8, G: 13, H: 5 };
const PROPERTIES = 12;

function specIds(): string[] {
  const spec = readFileSync(`${ROOT}/SPEC.md`, 'utf8');
  return [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map((match) => match[1]!);
}

function catalogueIds(): string[] {
  const faults = Object.entries(CATALOGUE).flatMap(([group, cases]) =>
    Array.from({ length: cases }, (_, i) => group + String(i + 1).padStart(2, '0')),
  );
  return [...faults, ...Array.from({ length: PROPERTIES }, (_, i) => `P${i + 1}`)];
}

/** The names of all tests and suites, with the file each stands in. */
function testNames(): { file: string; name: string }[] {
  return globSync('test/**/*.{test,slow}.ts', { cwd: ROOT }).flatMap((file) => {
    const source = readFileSync(`${ROOT}/${file}`, 'utf8');
    const names = source.matchAll(/\b(?:test|describe|it|suite)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g);
    return [...names].map(([, single, double, template]) => ({ file, name: (single ?? double ?? template)! }));
  });
}

test('SPEC ids: every id in the name of a test is a rule of SPEC.md or a case of the fault catalogue', () => {
  const known = new Set([...specIds(), ...catalogueIds()]);
  const names = testNames();
  assert.ok(names.length > 100);
  const unknown = names.flatMap(({ file, name }) =>
    [...name.matchAll(/(?<![\w.])[A-HL-XZ]\d{1,2}(?![\w.])/g)]
      .filter(([id]) => !known.has(id))
      .map(([id]) => `${file}: ${id} in "${name}"`),
  );
  assert.deepEqual(unknown, []);
});

test('SPEC ids: each rule of SPEC.md has its own id', () => {
  const ids = specIds();
  assert.ok(ids.length > 50);
  assert.deepEqual(ids, [...new Set(ids)]);
});

test('SPEC ids: every case of the fault catalogue has a test', () => {
  const names = testNames().map(({ name }) => name);
  const named = new Set(names.flatMap((name) => name.match(/(?<![\w.])[A-H]\d{2}(?![\w.])/g) ?? []));
  assert.deepEqual(
    catalogueIds().filter((id) => /^[A-H]/.test(id) && !named.has(id)),
    [],
  );
});

test('SPEC ids: the tests that SECURITY.md relies on are there', () => {
  const rows = readFileSync(`${ROOT}/SECURITY.md`, 'utf8').matchAll(/`(test\/[\w/.-]+)`((?: [A-Z]\d+)*)/g);
  const wanted = [...rows].flatMap(([, file, ids]) =>
    (ids!.match(/[A-Z]\d+/g) ?? ['']).map((id) => ({ file: file!, id })),
  );
  assert.ok(wanted.length > 25);
  const tests = testNames();
  const missing = wanted.filter(({ file, id }) => {
    const own = tests.filter((each) => each.file === file);
    return !own.some(({ name }) => id === '' || new RegExp(`\\b${id}\\b`).test(name));
  });
  assert.deepEqual(missing, []);
});
