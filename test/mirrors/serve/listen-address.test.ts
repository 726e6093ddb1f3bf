import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activatedSockets, describePlace, parseListenAddress } from '../../../src/mirrors/serve/listen-address.ts';

test('places to listen at', () => {
  const cases: [text: string, described: string | undefined][] = [
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['8080', 'http://127.0.0.1:8080/'],
    ['localhost:0', 'http://localhost:0/'],
    ['[::]:80', 'http://[::]:80/'],
    ['[2001:db8::1]:80', 'http://[2001:db8::1]:80/'],
    ['::1:80', undefined],
    ['[localhost]:80', undefined],
    ['127.0.0.1', undefined],
    ['127.0.0.1:65536', undefined],
    ['127.0.0.1:', undefined],
    [':80', undefined],
    ['', undefined],
  ];
  for (const [text, described] of cases) {
    const place = parseListenAddress(text);
    assert.equal(place && describePlace(place), described, text);
  }
});

test('sockets of systemd are taken only by the process that they were opened for', () => {
  assert.deepEqual(activatedSockets({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7), [
    { kind: 'descriptor', fd: 3 },
    { kind: 'descriptor', fd: 4 },
  ]);
  for (const environment of [
    {},
    { LISTEN_PID: '8', LISTEN_FDS: '2' },
    { LISTEN_PID: '7' },
    { LISTEN_PID: '7', LISTEN_FDS: 'x' },
  ]) {
    assert.deepEqual(activatedSockets(environment, 7), []);
  }
});
