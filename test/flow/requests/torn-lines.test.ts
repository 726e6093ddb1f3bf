import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFormat } from '../../../src/flow/requests/format.ts';
import type { LogFormat } from '../../../src/flow/requests/log-format.ts';
import { recogniseFormat } from '../../../src/flow/requests/recognise-format.ts';
import { outcomes, Workplace } from '../../support/command-line.ts';
import { combined, JSON_SHAPES, jsonWriter, TEXT_FORMATS, type Wire, WRAPPINGS } from '../../support/log-formats.ts';
import { readInFormat } from '../../support/readers.ts';

const START = Date.parse('2026-11-15T10:00:00Z') / 1000;
const LINES = 5;

const wires = Array.from({ length: LINES }, (_, n): Wire => {
  return {
    host: `203.0.113.${n}`,
    time: START + n * 60,
    method: 'GET',
    target: `/mirrorlist?repo=baseos-9&arch=x86_64&countme=${1 + (n % 4)}`,
    status: 200,
    agent: 'libdnf (AlmaLinux 9.6; generic; Linux.x86_64)',
  };
});

/** Logs of a live server, as it has written them so far; each check-in is a line. */
const LOGS: [what: string, lines: string[], declared?: string][] = [
  ...Object.entries(TEXT_FORMATS).map(([what, [, write]]): [string, string[]] => [what, write(wires)]),
  ...Object.entries(JSON_SHAPES).map(([what, [, shape]]): [string, string[]] => [what, jsonWriter(shape)(wires)]),
  ...Object.entries(WRAPPINGS).map(([what, [, wrap]]): [string, string[]] => [
    `combined in ${what}`,
    combined(wires).map(wrap),
  ]),
  [
    'fields behind, in Docker',
    combined(wires).map((line, n) => WRAPPINGS['Docker']![1](`${line} "-" rt=0.${n} "x" 443`, n)),
  ],
  [
    'fields behind, in syslog',
    combined(wires).map((line, n) => WRAPPINGS['syslog']![1](`${line} "-" rt=0.${n} 443`, n)),
  ],
  ['a time behind', combined(wires).map((line, n) => `${line} "-" 0.0${n} edge-17`)],
  [
    'declared, with a number at its end',
    combined(wires).map((line, n) => `${line} ${1000 + n}`),
    '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D',
  ],
];

function formatOf(log: string, declared: string | undefined): LogFormat {
  return declared === undefined ? recogniseFormat(Buffer.from(log, 'latin1'))! : parseFormat(declared);
}

/** Behind the User-Agent, or near the end, each byte may make a line look whole; before, each ninth is enough. */
function isTelling(torn: string, missing: number): boolean {
  const isTextBehindAgent = !torn.includes('{"') && /Linux.x86_64/.test(torn);
  return isTextBehindAgent || missing < 5 || torn.length % 9 === 0;
}

describe('a last line that is still being written', () => {
  for (const [what, lines, declared] of LOGS) {
    test(`L2 G3 C02 ${what}: wherever it is cut, what is read of it is how the grown log begins`, () => {
      const log = `${lines.join('\n')}\n`;
      const format = formatOf(log, declared);
      const read = (text: string) => readInFormat(Buffer.from(text, 'latin1'), format);
      const whole = read(log);
      assert.equal(whole.tally.counted, LINES);
      const beginnings = new Map<number, string>();
      for (let n = 0; n <= lines.length; n++) {
        const { sha256, tally } = read(
          lines
            .slice(0, n)
            .map((line) => `${line}\n`)
            .join(''),
        );
        beginnings.set(tally.candidates, sha256);
      }
      const from = log.length - lines.at(-1)!.length - 2;
      for (let end = from; end < log.length; end++) {
        if (!isTelling(log.slice(from, end), log.length - end)) continue;
        const { sha256, tally } = read(log.slice(0, end));
        assert.equal(tally.counted, tally.candidates, `cut at byte ${end - log.length}: nothing is rejected`);
        assert.equal(sha256, beginnings.get(tally.candidates), `cut at byte ${end - log.length}`);
      }
    });
  }

  test('L2 G3 a live log with fields behind the agent is counted to the last, wherever a run finds it', async (context) => {
    const lines = combined(Array.from({ length: 20 }, (_, n) => ({ ...wires[n % LINES]!, time: START + n * 60 }))).map(
      (line, n) => `${line} "-" 0.0${n} "TLSv1.3"`,
    );
    const log = `${lines.join('\n')}\n`;
    const last = lines.at(-1)!.length;
    for (const back of [1, 12, 17, last]) {
      const place = new Workplace(context);
      place.write('access.log', log.slice(0, -1 - back));
      await place.ingest(['access.log']);
      place.write('access.log', log);
      assert.deepEqual(outcomes(await place.ingest(['access.log'])), ['continued 1'], `${back} bytes were missing`);
    }
  });
});
