import { LINE_LIMIT } from '../line-reasons.ts';
import type { Place } from '../log-format.ts';
import type { JsonObject } from './json-line.ts';
import { LearntShapes, placeOfText, unescapeInto } from './json-shape.ts';

/** Container runtimes cut longer lines into parts. */
export const SHORTEST_PART = 16_384;
const LF = 0x0a;
const CR = 0x0d;
const STANDARD_OUTPUT = Buffer.from('stdout');

interface TextPlaces {
  text: number;
  stream: number | undefined;
}

/** Finds the line that stands in a text of a line of JSON, by the shapes of lines before it. */
export class TextFinder {
  readonly #shapes: LearntShapes<TextPlaces>;
  readonly #text: Place = { from: 0, end: 0 };
  readonly #stream: Place = { from: 0, end: 0 };

  /** `streamOf`: set if a line may come from another stream than standard output, which is not for a finder to judge. */
  constructor(textOf: (line: JsonObject) => unknown, streamOf?: (line: JsonObject) => unknown) {
    this.#shapes = new LearntShapes((marked) => {
      const text = placeOfText(textOf(marked));
      const stream = streamOf && placeOfText(streamOf(marked));
      if (text === undefined || (streamOf !== undefined && stream === undefined)) return undefined;
      return {
        values: { text, stream },
        leafOf: (value) => {
          if (value === text) return 'escaped-text';
          return value === stream ? 'plain-text' : undefined;
        },
      };
    });
  }

  learn(line: string): void {
    this.#shapes.learn(line);
  }

  /** Writes the line within, without its end, at `to`, and answers where it ends; undefined if it was not found. */
  findInto(out: Buffer, to: number, bytes: Buffer, from: number, until: number): number | undefined {
    const fit = this.#shapes.fit(bytes, from, until);
    if (fit === undefined) return undefined;
    const { shape, values } = fit;
    if (values.stream !== undefined) {
      shape.place(values.stream, this.#stream);
      if (STANDARD_OUTPUT.compare(bytes, this.#stream.from, this.#stream.end) !== 0) return undefined;
    }
    shape.place(values.text, this.#text);
    const end = unescapeInto(out, to, bytes, this.#text.from, this.#text.end);
    const lineEnd = out[end - 1] === LF ? end - 1 : end;
    const isOdd = out[lineEnd - 1] === CR || hasLineFeed(out, to, lineEnd);
    // Without its line feed it may be a part of a line.
    const isPart = lineEnd === end && end - to >= SHORTEST_PART;
    return isOdd || isPart || lineEnd - to > LINE_LIMIT ? undefined : lineEnd;
  }
}

function hasLineFeed(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at] === LF) return true;
  return false;
}
