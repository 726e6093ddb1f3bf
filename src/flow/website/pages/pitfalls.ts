import type { VNode } from 'preact';
import type { Figure } from '../figures/figure.ts';
import { type PitfallSizes, pitfallSizes } from '../figures/pitfalls.ts';
import { type Child, el } from '../html/element.ts';
import type { Here } from '../html/here.ts';
import { table } from '../html/table.ts';
import { sentence } from '../html/words.ts';
import type { Sentence, Shown } from '../language/sentence.ts';

type Row = [what: string, size: Sentence | string, answer: string];

/** Everything known to go wrong: what, how big, and what is done about it. */
export function pitfallTable(here: Here): VNode {
  const { methodology } = here.words;
  const heads = [methodology.pitfall, methodology.size, methodology.answer];
  const rows = pitfallRows(here).map(([what, size, answer]): Child[] => [
    what,
    el('span', {}, ...sentence(size)),
    answer,
  ]);
  const shape = heads.map((title) => ({ title, numeric: false }));
  return table(shape, rows, { caption: methodology.pitfallsTitle, hideCaption: true });
}

function pitfallRows({ words, tables, formats }: Here): Row[] {
  const { pitfalls, notMeasured } = words.methodology;
  const sizes: Partial<PitfallSizes> = tables.shown === undefined ? {} : pitfallSizes(tables, tables.shown);
  const { repoAgeUpTo } = tables.publication.distribution;
  const measured = (size: Figure | undefined, write: (figure: Figure) => Shown, say: (shown: Shown) => Sentence) =>
    size === undefined ? notMeasured : say(write(size));
  const { share, count, decimal } = formats;
  const sized = (
    name: keyof PitfallSizes,
    write: (figure: Figure) => Shown,
    of: { what: string; size: (shown: Shown) => Sentence; answer: string },
  ): Row => [of.what, measured(sizes[name], write, of.size), of.answer];
  const unsized = ({ what, answer }: { what: string; answer: string }): Row => [what, notMeasured, answer];
  const reset = pitfalls.ageReset;
  return [
    sized('hitsPerSystem', decimal, pitfalls.hits),
    sized('disagreement', share, pitfalls.budget),
    sized('shortLived', share, {
      ...pitfalls.shortLived,
      size: (shown) => pitfalls.shortLived.size(shown, words.spans[tables.ages]),
    }),
    [reset.what, repoAgeUpTo === undefined ? reset.never : reset.size(repoAgeUpTo), reset.answer],
    sized('unknownAgents', share, pitfalls.agents),
    sized('imageBased', share, pitfalls.images),
    sized('crossRelease', count, pitfalls.upgrades),
    sized('excluded', count, pitfalls.strangers),
    sized('hiddenVersions', share, pitfalls.names),
    sized('coverage', share, pitfalls.lostLogs),
    sized('implausible', count, pitfalls.ages),
    unsized(pitfalls.running),
    unsized(pitfalls.addresses),
    unsized(pitfalls.invisible),
  ];
}
