import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Disk } from '../../flow/views/files/disk.ts';
import { describeFinding } from '../catalogue/finding.ts';
import { catalogueFiles } from '../catalogue/folder.ts';
import { type LoadEffects, type Loaded, loadCatalogue } from '../catalogue/load.ts';
import { acceptSnapshot } from '../catalogue/snapshot.ts';
import type { Catalogue, HealthState } from '../catalogue.ts';
import { loadNetworks, networksOf, networksPath } from '../check/network-lists.ts';
import { loadState, saveText } from '../check/state-file.ts';
import { type LastGood, lastGoodPath, lastGoodText, loadLastGood, recorded } from './last-good.ts';
import type { SnapshotParts, SourceStatus, Whole } from './messages.ts';

export interface WatchOptions {
  /** The mirrors folder, or a plain configuration. */
  place: string;
  /** What `rollcall check` writes; undefined: nothing is checked. */
  state: string | undefined;
}

export interface WatchEffects {
  disk: Disk;
  now(): number;
  say(message: string): void;
}

const MOST_FINDINGS_SAID = 20;

/**
 * What the service knows, and the last that was good of it: a catalogue that cannot be used, or that loses many mirrors,
 * is refused loudly, and a state that is damaged too (G09). The files of the last good catalogue are kept beside the
 * state, for a start at which they cannot be used.
 */
export class CatalogueWatch {
  readonly #options: WatchOptions;
  readonly #effects: WatchEffects;
  #parts: SnapshotParts | undefined;
  #catalogue: Whole['catalogue'];
  #health: Whole['health'];
  #read: string[] = [];
  /** What was kept, as text. */
  #kept = '';
  #loadedOf = '';
  #seen = '';

  constructor(options: WatchOptions, effects: WatchEffects) {
    this.#options = options;
    this.#effects = effects;
    this.#catalogue = { loaded: effects.now(), refused: undefined, mirrors: 0, warnings: 0, errors: 0 };
    this.#health = options.state === undefined ? undefined : { loaded: 0, refused: undefined, checked: undefined };
  }

  /** Undefined until something was good. */
  get parts(): SnapshotParts | undefined {
    return this.#parts;
  }

  get status(): Pick<Whole, 'catalogue' | 'health'> {
    // Without mirrors there is nothing to check.
    const isEndpoint = this.#parts?.catalogue.endpointTags !== undefined;
    return { catalogue: this.#catalogue, health: isEndpoint ? undefined : this.#health };
  }

  /** Reads everything anew. True if there is something new to answer by. */
  load(): boolean {
    this.#loadedOf = this.#fingerprint();
    const before = this.#parts;
    const catalogue = this.#loadCatalogue();
    const state = this.#loadState();
    if (catalogue === undefined) return false;
    this.#parts = { catalogue, state };
    return before?.catalogue !== catalogue || before.state !== state;
  }

  /**
   * Reads anew what has changed and then not changed since the last look: a `git pull` writes hundreds of files one by one.
   * To be called every few seconds.
   */
  look(): boolean {
    const seen = this.#fingerprint();
    const isSettled = seen === this.#seen && seen !== this.#loadedOf;
    this.#seen = seen;
    return isSettled && this.load();
  }

  #loadCatalogue(): Catalogue | undefined {
    const before = this.#parts?.catalogue;
    const { loaded, taken } = this.#readCatalogue();
    const accepted = acceptSnapshot(before, loaded);
    // Else the refusal names the first of them.
    if (loaded.catalogue !== undefined) this.#sayFindings(loaded);
    if (!accepted.isAccepted) {
      this.#effects.say(`refused: ${accepted.reason}`);
      this.#catalogue = { ...this.#catalogue, refused: accepted.reason };
      return before ?? this.#loadKept();
    }
    if (taken !== undefined) this.#keep(taken);
    const { catalogue } = accepted;
    this.#catalogue = { ...numbersOf(catalogue, loaded), loaded: this.#effects.now(), refused: undefined };
    return catalogue;
  }

  /** Notes what was read, to look at it again. */
  #readCatalogue(): { loaded: Loaded; taken: LastGood | undefined } {
    try {
      const found = catalogueFiles(this.#options.place);
      const { files, asked, taken } = recorded(found, this.#options.place);
      const loaded = loadCatalogue({ ...this.#networks(), files });
      this.#read = asked.map((path) => join(found.folder, path));
      return { loaded, taken };
    } catch (error) {
      const message = error instanceof Error ? error.message : 'it cannot be read';
      const place = { file: this.#options.place, line: 1, column: 1, path: '' };
      const errors = [{ ...place, message, hint: '' }];
      return { loaded: { catalogue: undefined, warnings: [], errors }, taken: undefined };
    }
  }

  /** At a start: what was good before it. */
  #loadKept(): Catalogue | undefined {
    const { place, state } = this.#options;
    const files = state === undefined ? undefined : loadLastGood(this.#effects.disk, lastGoodPath(state), place);
    if (files === undefined) return undefined;
    const loaded = loadCatalogue({ ...this.#networks(), files });
    if (loaded.catalogue === undefined) return undefined;
    this.#effects.say(`serving what was last good, ${loaded.catalogue.mirrors.length} mirrors`);
    this.#catalogue = { ...this.#catalogue, ...numbersOf(loaded.catalogue, loaded) };
    return loaded.catalogue;
  }

  #keep(taken: LastGood): void {
    const { state } = this.#options;
    const text = lastGoodText(taken);
    if (state === undefined || text === this.#kept) return;
    this.#kept = text;
    try {
      saveText(this.#effects.disk, lastGoodPath(state), text);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
      this.#effects.say(
        `${lastGoodPath(state)} cannot be written (${code}): the next start depends on the mirrors folder`,
      );
    }
  }

  /** The providers' networks, which the check loads. */
  #networks(): Pick<LoadEffects, 'networksOf'> {
    const { state } = this.#options;
    return state === undefined ? {} : { networksOf: networksOf(loadNetworks(this.#effects.disk, networksPath(state))) };
  }

  #sayFindings({ errors }: Loaded): void {
    for (const finding of errors.slice(0, MOST_FINDINGS_SAID))
      this.#effects.say(`left out: ${describeFinding(finding)}`);
    const more = errors.length - MOST_FINDINGS_SAID;
    if (more > 0) this.#effects.say(`left out: ${more} more; rollcall lint shows them`);
  }

  #loadState(): HealthState | undefined {
    const before = this.#parts?.state;
    const { state: path } = this.#options;
    if (path === undefined) return undefined;
    const loaded = loadState(this.#effects.disk, path);
    if (loaded.kind === 'loaded') {
      this.#health = { ...this.#accepted(), checked: Date.parse(loaded.state.checked) / 1000 };
      return loaded.state;
    }
    // Before the first check there is none, and all mirrors are given out.
    if (loaded.kind === 'none' && before === undefined) return undefined;
    const refused = loaded.kind === 'damaged' ? loaded.why : `${path} is gone`;
    this.#effects.say(`refused: ${refused}`);
    this.#health = { loaded: 0, checked: undefined, ...this.#health, refused };
    return before;
  }

  #accepted(): SourceStatus {
    return { loaded: this.#effects.now(), refused: undefined };
  }

  /** Changes with any file that was read, and with any that is new in a folder that was listed. */
  #fingerprint(): string {
    const { place, state } = this.#options;
    const paths = [place, ...this.#read, ...(state === undefined ? [] : [state, networksPath(state)])];
    return paths.map((path) => fileMark(resolve(path))).join('\n');
  }
}

function numbersOf({ mirrors }: Catalogue, { warnings, errors }: Loaded) {
  return { mirrors: mirrors.length, warnings: warnings.length, errors: errors.length };
}

/** Never throws: a folder that may not be looked at for a moment must not end the service (G09). */
function fileMark(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  }
}
