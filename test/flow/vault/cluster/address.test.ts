import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clickhousePassword } from '../../../../src/commands/clickhouse-password.ts';
import { isClusterAddress, readAddress } from '../../../../src/flow/vault/cluster/address.ts';
import { quoted } from '../../../../src/flow/vault/cluster/sql.ts';
import { statementsFor } from '../../../../src/flow/vault/cluster/tables.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { writeIn } from '../../../support/travelling.ts';

describe('the address of a vault in ClickHouse', () => {
  test('V8: names servers, user, database and cluster', () => {
    assert.deepEqual(
      readAddress('clickhouse://counter@db1.example.org:8124,[2001:db8::1]/rollcall?cluster=counting&tls=yes'),
      {
        hosts: [
          { host: 'db1.example.org', port: 8124 },
          { host: '[2001:db8::1]', port: 8443 },
        ],
        user: 'counter',
        database: 'rollcall',
        cluster: 'counting',
        isEncrypted: true,
      },
    );
    assert.deepEqual(readAddress('clickhouse://db1/rollcall').hosts, [{ host: 'db1', port: 8123 }]);
    assert.ok(!isClusterAddress('clickhouse.sqlite'));
  });

  test('V8: what is none says what to write, and no name can be more than a name in SQL', () => {
    const wrong = [
      'clickhouse://',
      'clickhouse://db1',
      'clickhouse://db1/',
      'clickhouse://db1/a b',
      'clickhouse://db1/x;DROP',
      "clickhouse://o'brien@db1/rollcall",
      'clickhouse://db1:99999/rollcall',
      'clickhouse://db 1/rollcall',
      "clickhouse://db1/rollcall?cluster=a'b",
      'clickhouse://db1/rollcall?tls=maybe',
      'clickhouse://db1/rollcall?other=1',
    ];
    for (const address of wrong) assert.throws(() => readAddress(address), /^VaultFault: --vault clickhouse:/, address);
  });

  test('V11: a password in it is refused and not shown; it comes from the environment or from a file', (context) => {
    assert.throws(
      () => readAddress('clickhouse://counter:hunter2@db1/rollcall'),
      (error: Error) => /ROLLCALL_CLICKHOUSE_PASSWORD/.test(error.message) && !/hunter2/.test(error.message),
    );
    const file = writeIn(temporaryFolder(context), 'password', 'from a file\n');
    assert.equal(clickhousePassword({}), '');
    assert.equal(clickhousePassword({ ROLLCALL_CLICKHOUSE_PASSWORD: 'given' }), 'given');
    assert.equal(clickhousePassword({ ROLLCALL_CLICKHOUSE_PASSWORD_FILE: file }), 'from a file');
    assert.throws(
      () => clickhousePassword({ ROLLCALL_CLICKHOUSE_PASSWORD: 'x', ROLLCALL_CLICKHOUSE_PASSWORD_FILE: file }),
      /leave one/,
    );
  });

  test('V8: texts stay texts in SQL; on a cluster every table is replicated, and pieces are spread', () => {
    assert.equal(quoted("a'b\\c\0"), "'a\\'b\\\\c\\0'");
    const together = statementsFor(readAddress('clickhouse://db1/rollcall?cluster=counting'));
    for (const statement of together) assert.match(statement, /ON CLUSTER counting/);
    assert.equal(together.filter((statement) => /ReplicatedReplacingMergeTree/.test(statement)).length, 2);
    assert.equal(together.filter((statement) => /Distributed\(counting/.test(statement)).length, 1);
    const alone = statementsFor(readAddress('clickhouse://db1/rollcall')).join('\n');
    assert.doesNotMatch(alone, /CLUSTER|Replicated|Distributed/);
  });
});
