import type { Week } from '../../sightings/week.ts';
import type { RevisionView, WeekRevision } from '../../vault/published.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Rules } from '../survey.ts';
import { Recent } from './recent.ts';
import { packContent, unpackContent, type WeekContent } from './week-content.ts';
import { type KeptView, packView, unpackView, viewKey, viewOf, type WeekView } from './week-view.ts';

/** As many as one week is decided by: its own, and that of the week before. */
const UNPACKED = 3;

/**
 * What was published of a distribution, and what is about to be, with what is kept beside it: cells and totals are unpacked
 * where they are asked for, and that is hardly ever. So another week costs the same, however many there are.
 */
export class KeptRevisions {
  /** By week, the first revision first. */
  readonly contents = new Map<Week, WeekContent[]>();
  readonly #vault: Vault;
  readonly #rules: Rules;
  readonly #key: string;
  readonly #packed = new Map<string, Uint8Array>();
  readonly #unpacked = new Recent<string, WeekContent>(UNPACKED);
  readonly #kept = new Map<WeekContent, KeptView>();
  /** Those that the vault does not hold as they are now. */
  readonly #changed = new Map<KeptView, Pick<WeekRevision, 'week' | 'revision'>>();
  /** Of the weeks whose cells were looked at: their state, and the digest of it. */
  readonly #states = new Map<Week, { state: string | undefined; digest: string }>();

  /** `program`: another one may make other views. */
  constructor(vault: Vault, rules: Rules, program: string) {
    this.#vault = vault;
    this.#rules = rules;
    this.#key = viewKey(rules, program);
    const { id } = rules.definition;
    const views = new Map(vault.views(id).map(({ week, revision, view }) => [nameOf(week, revision), view]));
    for (const { week, revision } of vault.revisionNumbers(id)) {
      const packed = views.get(nameOf(week, revision));
      const kept = packed && unpackView(packed);
      const content =
        kept?.key === this.#key
          ? this.#lazily(week, revision, kept)
          : this.#withView(week, revision, this.#unpack(week, revision));
      this.contents.set(week, [...(this.contents.get(week) ?? []), content]);
    }
  }

  /** What the week's numbers are made of; not read again where nothing has changed since the last publication. */
  digestOf(week: Week): string {
    const state = this.#vault.weekState(week);
    const last = this.contents.get(week)?.at(-1);
    const known = last && this.#kept.get(last);
    const digest =
      state !== undefined && known?.state === state && known.digest !== undefined
        ? known.digest
        : this.#vault.weekDigest(week);
    this.#states.set(week, { state, digest });
    return digest;
  }

  /** What was decided of cells with this digest: that nothing which is published changes. */
  isSettled(content: WeekContent, digest: string): boolean {
    return this.#kept.get(content)!.settled === digest;
  }

  settle(week: Week, digest: string): void {
    const revisions = this.contents.get(week)!;
    const kept = this.#kept.get(revisions.at(-1)!)!;
    kept.settled = digest;
    this.#changed.set(kept, { week, revision: revisions.length });
  }

  /** Packs a revision that was just decided. */
  keep(week: Week, revision: number, content: WeekContent): WeekContent {
    this.#packed.set(nameOf(week, revision), packContent(content));
    return this.#withView(week, revision, content);
  }

  packed({ week, revision }: Pick<WeekRevision, 'week' | 'revision'>): Uint8Array {
    return this.#packed.get(nameOf(week, revision))!;
  }

  viewOf(content: WeekContent): WeekView {
    return this.#kept.get(content)!.view;
  }

  /** What to keep for the next time. `contents`: as they are now. */
  newViews(contents: ReadonlyMap<Week, readonly WeekContent[]>): RevisionView[] {
    for (const [week, { state, digest }] of this.#states) {
      const revisions = contents.get(week) ?? [];
      const kept = revisions.length === 0 ? undefined : this.#kept.get(revisions.at(-1)!)!;
      if (kept === undefined || (kept.state === state && kept.digest === digest)) continue;
      Object.assign(kept, { state, digest });
      this.#changed.set(kept, { week, revision: revisions.length });
    }
    return [...this.#changed].map(([kept, revision]) => ({ ...revision, view: packView(kept) }));
  }

  #withView(week: Week, revision: number, content: WeekContent): WeekContent {
    const view = viewOf(week, content, this.#rules);
    const kept: KeptView = { key: this.#key, state: undefined, digest: undefined, settled: undefined, view };
    this.#changed.set(kept, { week, revision });
    return this.#lazily(week, revision, kept);
  }

  #lazily(week: Week, revision: number, kept: KeptView): WeekContent {
    const whole = () => this.#unpacked.get(nameOf(week, revision), () => this.#unpack(week, revision));
    const content: WeekContent = {
      ...kept.view.decided,
      get tables() {
        return whole().tables;
      },
      get totals() {
        return whole().totals;
      },
    };
    this.#kept.set(content, kept);
    return content;
  }

  #unpack(week: Week, revision: number): WeekContent {
    const packed = this.#packed.get(nameOf(week, revision));
    return unpackContent(packed ?? this.#vault.publishedContent(this.#rules.definition.id, week, revision));
  }
}

function nameOf(week: Week, revision: number): string {
  return `${week} ${revision}`;
}
