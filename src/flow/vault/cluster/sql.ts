/**
 * Only what ClickHouse 18.16 and today's versions both read: no parameters of queries, no asynchronous inserts, no tokens of
 * deduplication, no codecs. What is not ours is sent as inserted data where it can be, and goes through `quoted` otherwise.
 */

/** A text in a query. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;
}

export function listed(texts: readonly string[]): string {
  return `(${texts.map(quoted).join(', ')})`;
}
