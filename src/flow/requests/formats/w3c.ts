import { type Cut, type Fit, type LineCutter, type LineFormat, MISFIT, NOTHING, never } from '../log-format.ts';
import { decodeAgent } from './encoded.ts';
import { asWritten, type Found, fieldsOf, fitByCut } from './fields.ts';
import { clientAmong } from './pattern.ts';

/** W3C extended logs, as of CloudFront (tabs) and IIS (spaces): a line `#Fields:` names the columns behind it. */
export const W3C: LineFormat = {
  kind: 'lines',
  name: 'w3c',
  time: 'any',
  mark: 'countme=',
  isKnownAsWritten: false,
  isClosed: never,
  start: () => new W3cCutter(),
};

const HASH = '#'.charCodeAt(0);
const FORWARDED = /^(?:cs\()?x-forwarded-for\)?$/i;
const COLUMNS: Record<string, keyof Found> = {
  'c-ip': 'host',
  'cs-method': 'method',
  'cs-uri': 'target',
  'cs-uri-stem': 'path',
  'cs-uri-query': 'query',
  'sc-status': 'status',
  'cs(User-Agent)': 'agent',
  timestamp: 'time',
  'timestamp(ms)': 'time',
};

class W3cCutter implements LineCutter {
  #names: readonly string[] = [];
  #date: string | undefined;

  mustSee(firstByte: number | undefined): boolean {
    return firstByte === HASH;
  }

  cut(line: string): Cut {
    if (!line.startsWith('#')) return this.#record(line);
    const [directive, ...values] = line.split(/[ \t]+/);
    if (directive === '#Fields:') this.#names = values.filter((name) => name !== '');
    // Where records have a clock only, this says the day of those that follow.
    if (directive === '#Date:') this.#date = values[0];
    return NOTHING;
  }

  timeOf(line: string): string | undefined {
    return line.startsWith('#') ? undefined : this.#find(line)?.time;
  }

  fitOf(line: string): Fit | undefined {
    return fitByCut(this.cut(line), this.timeOf(line));
  }

  #record(line: string): Cut {
    const found = this.#find(line);
    return found === undefined ? MISFIT : fieldsOf(found);
  }

  #find(line: string): Found | undefined {
    const isTabbed = line.includes('\t');
    const values = line.split(isTabbed ? '\t' : ' ');
    if (values.length !== this.#names.length) return undefined;
    const found: Found = {};
    let date = this.#date;
    let clock: string | undefined;
    let forwarded: string | undefined;
    for (const [column, name] of this.#names.entries()) {
      const value = values[column]!;
      const field = COLUMNS[name];
      if (name === 'date') date = value;
      else if (name === 'time') clock = value;
      else if (field !== undefined) found[field] = value === '-' ? '' : value;
      else if (FORWARDED.test(name)) forwarded = value;
    }
    if (forwarded !== undefined) found.host = clientAmong(found.host, forwarded);
    // The times of this format are those of UTC.
    if (date !== undefined && clock !== undefined) found.time = `${date}T${clock}Z`;
    return asWritten({ ...found, agent: decodeAgent(found.agent ?? '', isTabbed ? '+' : ' ') });
  }
}
