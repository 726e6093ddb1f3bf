/** `RCAL` in the header of the file: this SQLite database is a vault. */
export const APPLICATION_ID = 0x5243414c;

/**
 * Entry n brings a vault from schema version n to n + 1. Entries are never changed once released, only added.
 *
 * Rows carry the CRC-32 of their values, cells carry one at their end (V2). Text stands once, in the dictionaries
 * system, request, country and source. The cube is kept twice: by log (`tally`), so that a log can be taken out or
 * counted again, and summed by week (`cube`), so that reading a week does not depend on how many logs it came from.
 *
 * A log without a row in `log_reading` was counted before there were marks of lines (or is an import): it is known by its
 * hours and its front (G5).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE system (
    id INTEGER PRIMARY KEY,
    client TEXT NOT NULL, os_name TEXT NOT NULL, os_version TEXT NOT NULL, os_variant TEXT NOT NULL, os_arch TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (client, os_name, os_version, os_variant, os_arch)
  ) STRICT;
  CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    sys_age INTEGER NOT NULL, repo_tag TEXT NOT NULL, repo_arch TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (sys_age, repo_tag, repo_arch)
  ) STRICT;
  CREATE TABLE country (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE source (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, checksum INTEGER NOT NULL) STRICT;

  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source,
    name TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('log', 'import')),
    candidates INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    first_minute INTEGER, last_minute INTEGER,
    checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX log_source ON log (source, last_minute);
  CREATE INDEX log_import ON log (id) WHERE origin = 'import';

  CREATE TABLE log_state (
    candidates INTEGER NOT NULL, sha256 BLOB NOT NULL,
    first_hour INTEGER NOT NULL,
    log INTEGER NOT NULL REFERENCES log,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (candidates, sha256)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX log_state_first_hour ON log_state (first_hour);
  CREATE INDEX log_state_log ON log_state (log);

  CREATE TABLE rejection (
    log INTEGER NOT NULL REFERENCES log, week INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (log, week, reason)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE tally (
    log INTEGER NOT NULL REFERENCES log, week INTEGER NOT NULL, cells BLOB NOT NULL,
    UNIQUE (log, week)
  ) STRICT;
  CREATE INDEX tally_week ON tally (week);
  CREATE TABLE cube (week INTEGER PRIMARY KEY, cells BLOB NOT NULL) STRICT;

  CREATE TABLE hours (
    log INTEGER NOT NULL REFERENCES log, week INTEGER NOT NULL, seen BLOB NOT NULL, counted BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (log, week)
  ) STRICT;
  CREATE INDEX hours_week ON hours (week);

  CREATE TABLE week_key (week INTEGER PRIMARY KEY, key BLOB NOT NULL, checksum INTEGER NOT NULL) STRICT;
  CREATE TABLE network (
    week INTEGER NOT NULL, os_name TEXT NOT NULL, hash BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (week, os_name, hash)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE network_count (
    week INTEGER NOT NULL, os_name TEXT NOT NULL, networks INTEGER NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (week, os_name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE log_front (
    log INTEGER PRIMARY KEY REFERENCES log, sha256 BLOB NOT NULL, checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX log_front_sha256 ON log_front (sha256);
  CREATE INDEX log_length ON log (source, last_minute - first_minute);
  `,
  `
  CREATE TABLE published_week (
    distribution TEXT NOT NULL, week INTEGER NOT NULL, revision INTEGER NOT NULL, content BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (distribution, week, revision)
  ) STRICT;
  CREATE TABLE publication (
    distribution TEXT NOT NULL, number INTEGER NOT NULL, manifest TEXT NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (distribution, number)
  ) STRICT;
  CREATE TABLE confirmed_week (
    distribution TEXT NOT NULL, week INTEGER NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (distribution, week)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE log_reading (
    log INTEGER PRIMARY KEY REFERENCES log, format TEXT NOT NULL, known INTEGER NOT NULL, checksum INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE counted_hour (
    id INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL, log INTEGER NOT NULL REFERENCES log, lines INTEGER NOT NULL, level INTEGER NOT NULL,
    marks BLOB NOT NULL, checksum INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX counted_hour_hour ON counted_hour (hour);
  CREATE INDEX counted_hour_log ON counted_hour (log);
  `,
  // How check-ins spread over networks, by packed sums that carry a checksum of their own, and what is left of it later.
  `
  CREATE TABLE network_spread (
    week INTEGER NOT NULL, origin TEXT NOT NULL, spread BLOB NOT NULL,
    PRIMARY KEY (week, origin)
  ) STRICT;
  CREATE TABLE network_summary (week INTEGER PRIMARY KEY, summary BLOB NOT NULL) STRICT;
  `,
  // What publishing asks of revisions again and again. Made of them, and carries a checksum of its own.
  `
  CREATE TABLE published_view (
    distribution TEXT NOT NULL, week INTEGER NOT NULL, revision INTEGER NOT NULL, view BLOB NOT NULL,
    PRIMARY KEY (distribution, week, revision)
  ) STRICT;
  CREATE TABLE publication_state (
    distribution TEXT PRIMARY KEY, number INTEGER NOT NULL, made_of TEXT NOT NULL, checksum INTEGER NOT NULL
  ) STRICT;
  `,
];
