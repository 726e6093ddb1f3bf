import { readFileSync } from 'node:fs';
import { REAL_DISK } from '../../src/flow/views/files/disk.ts';
import { writePublication } from '../../src/flow/views/files/write-publication.ts';

/** Read from a file: making them takes longer than such a process lives. */
export interface PublicationAsText {
  number: number;
  files: { path: string; text: string }[];
}

/**
 * Publishes one after the other until it is killed: `publish-forever.ts OUT PUBLICATIONS FIRST`. With three in turn each is
 * written anew, because only the one before stays.
 */
function publishForever(out: string, publications: readonly PublicationAsText[], first: number): never {
  for (let turn = first; ; turn++) {
    const { files, number } = publications[turn % publications.length]!;
    const asBytes = files.map(({ path, text }) => ({ path, bytes: Buffer.from(text), mediaType: 'text/plain' }));
    writePublication(REAL_DISK, out, asBytes, number);
  }
}

const [out, file, first] = process.argv.slice(2);
const publications = JSON.parse(readFileSync(file!, 'utf8')) as PublicationAsText[];
// Started ahead of time: most of a short life would be its start.
process.once('message', () => publishForever(out!, publications, Number(first)));
process.send!('ready');
