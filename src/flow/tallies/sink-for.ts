import { COMBINED } from '../requests/format.ts';
import type { LineFormat, LogFormat } from '../requests/log-format.ts';
import type { EpochSeconds } from '../sightings/week.ts';
import type { TellingSink } from './tally-sink.ts';
import { Transcriber } from './transcriber.ts';
import { Unwrapper } from './unwrapper.ts';

/**
 * A sink for a log in any format. `start` gives the reader behind it: of combined, and of those formats whose logs are
 * known by their lines as they stand.
 */
export function sinkFor(
  format: LogFormat,
  latest: EpochSeconds,
  start: (format: LineFormat) => TellingSink,
): TellingSink {
  if (format.kind === 'wrapped') {
    const { wrapper, inner } = format;
    const areAllNeeded = inner.kind === 'wrapped' || inner.start().mustSee !== undefined;
    return new Unwrapper(wrapper, sinkFor(inner, latest, start), areAllNeeded);
  }
  return format.isKnownAsWritten ? start(format) : new Transcriber(format, start(COMBINED), latest);
}
