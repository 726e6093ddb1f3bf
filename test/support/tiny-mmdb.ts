/** A country database of MaxMind's format with a few networks, small enough to be changed byte by byte. */
export function tinyMmdb(): Buffer {
  const DE = 0;
  const data = Buffer.concat([map({ country_code: text('DE') }), map({ country_code: text('JP') })]);
  const JP = map({ country_code: text('DE') }).length;
  const depth = 12;
  const leaf = (offset: number) => depth + 16 + offset;
  const nodes = Array.from({ length: depth }, (_, at) => [
    at % 2 === 0 ? leaf(DE) : at + 1 < depth ? at + 1 : depth,
    at % 2 === 0 ? (at + 1 < depth ? at + 1 : leaf(JP)) : leaf(JP),
  ]);
  const tree = Buffer.alloc(depth * 6);
  for (const [at, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(left!, at * 6, 3);
    tree.writeUIntBE(right!, at * 6 + 3, 3);
  }
  const metadata = map({
    binary_format_major_version: small(2),
    binary_format_minor_version: small(0),
    build_epoch: Buffer.from([0x04, 0x02, 0x65, 0x00, 0x00, 0x00]),
    database_type: text('tiny-country'),
    description: map({ en: text('tiny') }),
    ip_version: small(4),
    languages: Buffer.from([0x00, 0x04]),
    node_count: small(depth),
    record_size: small(24),
  });
  return Buffer.concat([tree, Buffer.alloc(16), data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
}

function small(value: number): Buffer {
  return Buffer.from([(5 << 5) | 1, value]);
}

function map(entries: Record<string, Buffer>): Buffer {
  const pairs = Object.entries(entries).flatMap(([key, value]) => [text(key), value]);
  return Buffer.concat([Buffer.from([(7 << 5) | Object.keys(entries).length]), ...pairs]);
}
