/** A made-up log, with addresses that are reserved for documentation, and what becomes of each of its lines. */
export interface ExampleLine {
  line: string;
  outcome:
    | { kind: 'system'; release: string; age: 1 | 2 | 3 | 4 }
    | { kind: 'crosscheck' | 'crossRelease' | 'plain' | 'age' | 'method' | 'agent' | 'status' | 'duplicate' };
}

interface Given {
  from: string;
  minute: string;
  request: string;
  status?: number;
  system?: string;
}

function logLine({ from, minute, request, status = 200, system = '9.6; generic; Linux.x86_64' }: Given): string {
  const agent = system.startsWith('!') ? system.slice(1) : `libdnf (Meridian ${system})`;
  return `${from} - - [04/May/2026:${minute}:12 +0000] "${request} HTTP/1.1" ${status} 629 "-" "${agent}"`;
}

const BASE = 'GET /mirrorlist/9/baseos?countme=';

export const EXAMPLE: readonly ExampleLine[] = [
  {
    line: logLine({ from: '192.0.2.17', minute: '06:02', request: `${BASE}3` }),
    outcome: { kind: 'system', release: '9', age: 3 },
  },
  {
    line: logLine({ from: '192.0.2.17', minute: '06:02', request: 'GET /mirrorlist/9/appstream?countme=3' }),
    outcome: { kind: 'crosscheck' },
  },
  {
    line: logLine({ from: '192.0.2.17', minute: '06:03', request: 'GET /mirrorlist/9/extras' }),
    outcome: { kind: 'plain' },
  },
  {
    line: logLine({ from: '198.51.100.4', minute: '07:40', request: `${BASE}1`, system: '9.6; server; Linux.aarch64' }),
    outcome: { kind: 'system', release: '9', age: 1 },
  },
  {
    line: logLine({ from: '198.51.100.4', minute: '07:40', request: `${BASE}1`, system: '9.6; server; Linux.aarch64' }),
    outcome: { kind: 'system', release: '9', age: 1 },
  },
  {
    line: logLine({
      from: '2001:db8::2a',
      minute: '08:11',
      request: 'GET /mirrorlist/10/baseos?countme=2',
      system: '10.0; generic; Linux.x86_64',
    }),
    outcome: { kind: 'system', release: '10', age: 2 },
  },
  {
    line: logLine({ from: '2001:db8::77', minute: '09:25', request: 'GET /mirrorlist/10/baseos?countme=4' }),
    outcome: { kind: 'crossRelease' },
  },
  { line: logLine({ from: '203.0.113.8', minute: '10:01', request: `${BASE}9` }), outcome: { kind: 'age' } },
  {
    line: logLine({ from: '203.0.113.8', minute: '10:02', request: 'HEAD /mirrorlist/9/baseos?countme=2' }),
    outcome: { kind: 'method' },
  },
  {
    line: logLine({ from: '203.0.113.9', minute: '10:30', request: `${BASE}2`, system: '!curl/8.9.1' }),
    outcome: { kind: 'agent' },
  },
  {
    line: logLine({ from: '203.0.113.10', minute: '11:16', request: `${BASE}3`, status: 404 }),
    outcome: { kind: 'status' },
  },
  {
    line: logLine({ from: '203.0.113.11', minute: '12:00', request: `${BASE}1&countme=4` }),
    outcome: { kind: 'duplicate' },
  },
  {
    line: logLine({ from: '192.0.2.200', minute: '13:37', request: 'GET /mirrorlist/9/appstream?countme=4' }),
    outcome: { kind: 'crosscheck' },
  },
  {
    line: logLine({ from: '192.0.2.200', minute: '13:38', request: `${BASE}4` }),
    outcome: { kind: 'system', release: '9', age: 4 },
  },
];
