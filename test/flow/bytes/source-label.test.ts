import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceLabel } from '../../../src/flow/bytes/source-label.ts';

const LABELS: [label: string, paths: string[]][] = [
  [
    '/var/lib/rollcall/spool',
    [
      '/var/lib/rollcall/spool/2026-07-15T18Z-0123456789abcdef.spool',
      '/var/lib/rollcall/spool/2026-07-16T00Z-fedcba9876543210.spool.gz',
    ],
  ],
  [
    '/var/log/nginx/access.log',
    [
      '/var/log/nginx/access.log',
      '/var/log/nginx/access.log.1',
      '/var/log/nginx/access.log.2.gz',
      '/var/log/nginx/access.log.10.gz.xz',
      '/var/log/nginx/access.log.GZ',
      '/var/log/nginx/access.log-1',
      '/var/log/nginx/access.1.log',
      '/var/log/nginx/access.log-20260101',
      '/var/log/nginx/access.log-20260101.xz',
      '/var/log/nginx/access.log-2026-01-01.zst',
      '/var/log/nginx/access.log-2026010112.bz2',
      '/var/log/nginx/access.log-20260101-12',
      '/var/log/nginx/access.log-20260101-1767225600.gz',
      '/var/log/nginx/access.log.2026_01_01',
      '/var/log/nginx/access.log_20260101',
      '/var/log/nginx/access.log-20260101.1.gz',
      '/var/log/nginx/access.log.1.20260101',
      '/var/log/nginx/access.log.1767225600',
      '/var/log/nginx/access-2026-01-01.log.gz',
      '/var/log/nginx/access_20260101T120000Z.log',
      '/var/log/nginx/access-2026-01.log',
      '/var/log/nginx/2026-01-01-access.log',
      '/var/log/nginx/2026/01/05/access.log',
      '/var/log/2026/nginx/access.log',
      '/var/log/nginx/20260105/access.log.gz',
      '/var/log/nginx/2026-01-05/access.log',
      '/var/log/nginx/2026/01/05/23/access.log',
      '/var/log/nginx/2026/W05/access.log',
      '/var/log/nginx/year=2026/month=01/day=05/access.log',
      '/var/log/nginx/dt=2026-01-05/access.log',
    ],
  ],
  ['/logs/proxy01/http/access.log', ['/logs/proxy01/2026/03/05/http/access.log']],
  ['/logs/proxy01', ['/logs/proxy01/2026/03/05.gz', '/logs/proxy01/20260305.gz']],
  ['access.log', ['access-2026-01-01.log.gz']],
  ['/mirror1.log', ['/mirror1.log', '/mirror1.log.1', '/mirror1-20260101.log.gz']],
  ['/mirror-1.log', ['/mirror-1.log', '/mirror-1.log.3.gz']],
  ['/192.0.2.7.log', ['/192.0.2.7.log', '/192.0.2.7.log.1']],
  ['/192.0.2.7', ['/192.0.2.7']],
  ['/var/log/httpd/ssl_access_log', ['/var/log/httpd/ssl_access_log', '/var/log/httpd/ssl_access_log-20260101']],
  ['/almalinux-9/05/access.log', ['/almalinux-9/05/access.log']],
  ['/mirror-20269999.log', ['/mirror-20269999.log']],
  ['/a\\nb\\xff.log', ['/a\nb\uDCFF.log.1']],
  ['/', ['/', '/2026-01-01.gz']],
];

for (const [label, paths] of LABELS) {
  test(`G6 the source ${label}`, () => {
    for (const path of paths) assert.equal(sourceLabel(path), label, path);
  });
}

test('G6 a label is its own label', () => {
  for (const [label] of LABELS.filter(([path]) => !path.includes('\\'))) assert.equal(sourceLabel(label), label);
});
