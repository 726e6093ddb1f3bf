import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function idsIn(document: string): string[] {
  const text = readFileSync(`${ROOT}/${document}`, 'utf8');
  return [...text.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map((match) => match[1]!);
}

const RULES = idsIn('SPEC.md');
const FAULTS = idsIn('docs/faults.md');

/** The names of all tests and suites, with the file each stands in. */
function testNames(): { file: string; name: string }[] {
  return globSync('test/**/*.{test,slow}.ts', { cwd: ROOT }).flatMap((file) => {
    const source = readFileSync(`${ROOT}/${file}`, 'utf8');
    const names = source.matchAll(/\b(?:test|describe|it|suite)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g);
    return [...names].map(([, single, double, template]) => ({ file, name: (single ?? double ?? template)! }));
  });
}

test('SPEC ids: every id in the name of a test is a rule of SPEC.md or a case of the fault catalogue', () => {
  const known = new Set([...RULES, ...FAULTS]);
  const names = testNames();
  assert.ok(names.length > 100);
  const unknown = names.flatMap(({ file, name }) =>
    [...name.matchAll(/(?<![\w.])[A-HL-XZ]\d{1,2}(?![\w.])/g)]
      .filter(([id]) => !known.has(id))
      .map(([id]) => `${file}: ${id} in "${name}"`),
  );
  assert.deepEqual(unknown, []);
});

test('SPEC ids: each rule and each fault has an id of its own', () => {
  const ids = [...RULES, ...FAULTS];
  assert.ok(RULES.length > 130 && FAULTS.length > 120);
  assert.deepEqual(ids, [...new Set(ids)]);
});

test('SPEC ids: every rule of SPEC.md and every case of the fault catalogue is named by a test', () => {
  const names = testNames().map(({ name }) => name);
  const named = new Set(names.flatMap((name) => name.match(/(?<![\w.])[A-Z]\d{1,2}(?![\w.])/g) ?? []));
  assert.deepEqual(
    [...RULES, ...FAULTS].filter((id) => !named.has(id)),
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
