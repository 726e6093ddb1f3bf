import { programDigest } from '../built-files.ts';
import { type EpochSeconds, mondayOf, type Week } from '../flow/sightings/week.ts';
import type { Vault } from '../flow/vault/vault.ts';
import { type GradedAnnotation, readAnnotations } from '../flow/views/definition/annotations.ts';
import { countriesTable, marginsTable, systemsTable } from '../flow/views/files/base-tables.ts';
import { type Disk, REAL_DISK } from '../flow/views/files/disk.ts';
import {
  chainOf,
  filesWithManifest,
  historyFiles,
  issueManifest,
  manifestFiles,
} from '../flow/views/files/manifest.ts';
import { signatureFiles } from '../flow/views/files/signature.ts';
import type { Table } from '../flow/views/files/table.ts';
import { weeksTable } from '../flow/views/files/weeks-table.ts';
import { placePublication, writePublication } from '../flow/views/files/write-publication.ts';
import { loadSolver, type Solver } from '../flow/views/protection/solver.ts';
import { fewWeek, hasNumber, type NumberedWeek } from '../flow/views/publication/headline-week.ts';
import { type OutputFile, sizeOf } from '../flow/views/publication/output-file.ts';
import { type Prepared, preparePublication } from '../flow/views/publication/prepare.ts';
import type { Publication } from '../flow/views/publication/tables.ts';
import type { Rules } from '../flow/views/survey.ts';
import { loadTerritories } from '../geo/territories.ts';
import { describeLeak } from './audit.ts';
import {
  isDay,
  requireImported,
  requireOneDistribution,
  requireSuccessor,
  weeksToConfirm,
} from './before-publishing.ts';
import { readText, rulesForVault, rulesOf, shippedNames } from './distribution.ts';
import { type ExitCode, UsageError } from './exit-code.ts';
import { type LastPublication, lastPublication, stateOf } from './last-publication.ts';
import { type OpenedVault, openVault } from './open-vault.ts';
import { renderPublication } from './render-publication.ts';
import { withScratch } from './scratch.ts';
import { formatBytes, formatCount, plural, type Terminal } from './terminal.ts';
import { memoryTidier } from './tidy-memory.ts';

export interface PublishOptions {
  vault: string;
  out: string;
  distribution?: string;
  annotations?: string;
  siteUrl?: string;
  asPublished?: boolean;
  confirm?: readonly string[];
  sign?: string;
  asOf?: string;
}

/** What takes long, to load or to do. */
export interface Means {
  solver: () => Promise<Solver>;
  render: typeof renderPublication;
  disk: Disk;
}

const MEANS: Means = { solver: loadSolver, render: renderPublication, disk: REAL_DISK };

/** `rollcall publish`: from the vault to what the world sees. */
export async function publish(
  options: PublishOptions,
  terminal: Terminal,
  clockNow: EpochSeconds,
  means = MEANS,
): Promise<ExitCode> {
  const now = options.asOf === undefined ? clockNow : endOfDay(options.asOf);
  const territories = loadTerritories();
  const solver = await means.solver();
  // To read: a vault that is not there must not be made, for an empty one would be published.
  const opened = await openVault(options.vault, terminal);
  const { vault } = opened;
  try {
    const rules = chooseRules(vault, options);
    const annotations = allAnnotations(rules, options);
    requireSuccessor(vault, rules, options.out);
    requireOneDistribution(vault, rules);
    requireImported(vault, rules);
    const confirmed = weeksToConfirm(vault, options.confirm ?? [], now);
    const continentOf = (country: string) => territories.territories[country]?.continent ?? country;
    const prepared = preparePublication(
      vault,
      rules,
      annotations,
      continentOf,
      solver,
      now,
      confirmed,
      programDigest(),
      memoryTidier(),
    );
    if (prepared.leaks.length > 0) return refuse(prepared, terminal);
    if (prepared.publication.updated === '') return waitForFirstWeek(prepared, terminal);
    const { out, sign } = options;
    const signed = (manifest: string) => (sign === undefined ? [] : signatureFiles(manifest, readText(sign), sign));
    const last = lastPublication(vault, prepared, out, means.disk, signed);
    if (last?.isSame === true) {
      if (opened.shared === undefined)
        vault.recordPublication(rules.definition.id, [], undefined, confirmed, prepared.views);
      else if (confirmed.length > 0)
        await opened.shared.recordPublication(rules.definition.id, [], undefined, confirmed);
      await opened.shared?.show(rules.definition.id, last.number, shownTables(prepared.publication));
      return finish(prepared, { number: last.number, hasChanged: false }, options, terminal);
    }
    return await withScratch('publish', async (scratch) => {
      const files = await means.render(prepared.publication, territories, scratch, last?.kept);
      const released = await release(opened, prepared, confirmed, files, last, options, means.disk);
      await opened.shared?.show(rules.definition.id, released.number, shownTables(prepared.publication));
      await opened.shared?.settle();
      return finish(prepared, released, options, terminal);
    });
  } finally {
    await opened.close();
  }
}

function shownTables(publication: Publication): Table[] {
  const tables = [weeksTable, systemsTable, marginsTable, countriesTable];
  return tables.map((table) => table(publication));
}

function chooseRules(vault: Vault, { distribution, asPublished, siteUrl }: PublishOptions): Rules {
  const rules = distribution === undefined ? rulesForVault(vault) : rulesOf(distribution);
  if (rules === undefined) {
    throw new UsageError(
      `no distribution that ships with Rollcall counts what is in this vault; name one with --distribution (${shippedNames().join(', ')}, or a YAML file)`,
    );
  }
  if (siteUrl !== undefined && !isWebAddress(siteUrl))
    throw new UsageError(`--site-url ${siteUrl}: expected an address such as https://count.example.org`);
  const { definition, aliases } = rules;
  return {
    aliases,
    definition: {
      ...definition,
      as_published: asPublished ?? definition.as_published,
      site_url: siteUrl ?? definition.site_url,
    },
  };
}

function allAnnotations({ definition }: Rules, { annotations }: PublishOptions): GradedAnnotation[] {
  const own = annotations === undefined ? [] : readAnnotations(annotations, readText(annotations));
  return [...definition.annotations, ...own];
}

/** Late on that day. */
function endOfDay(day: string): EpochSeconds {
  if (!isDay(day)) throw new UsageError(`--as-of ${day}: expected a day such as 2026-11-09`);
  return (Date.parse(`${day}T23:59:59Z`) / 1000) as EpochSeconds;
}

function isWebAddress(text: string): boolean {
  return ['https:', 'http:'].includes(URL.parse(text)?.protocol ?? '');
}

/** An empty site would be one that says nothing, under a number that says that it does. */
function waitForFirstWeek({ held }: Prepared, terminal: Terminal): ExitCode {
  const why = held.size > 0 ? heldText(held) : ['A week is published 26 hours after its end.'];
  terminal.out.write(['No week can be published yet, so nothing was written.', ...why, ''].join('\n'));
  return held.size > 0 ? 1 : 0;
}

function heldText(held: Prepared['held']): string[] {
  return [...held].map(
    ([week, why]) =>
      `HELD: the week of ${mondayOf(week)} is not published: ${why}. If it is right: rollcall publish --confirm ${mondayOf(week)} ...`,
  );
}

function refuse({ leaks }: Prepared, terminal: Terminal): ExitCode {
  const cells = leaks.flatMap(({ recoverable }) => recoverable);
  terminal.err.write(
    [
      `rollcall: nothing was published: ${plural(cells.length, 'small group')} could be worked out from what would be public.`,
      ...leaks.map(describeLeak),
      'These names are private. A greater k in the small_groups of the distribution hides more.',
      '',
    ].join('\n'),
  );
  return 1;
}

type Released = { number: number } & ({ hasChanged: false } | { hasChanged: true; files: number; bytes: number });

function finish(prepared: Prepared, released: Released, options: PublishOptions, terminal: Terminal): ExitCode {
  terminal.out.write(describe(prepared, released, options));
  return prepared.held.size > 0 ? 1 : 0;
}

/** Writes all files, records what is about to be seen, then shows it: killed in between, the next run shows the same. */
async function release(
  { vault, shared }: OpenedVault,
  prepared: Prepared,
  confirmed: readonly Week[],
  files: readonly OutputFile[],
  last: LastPublication | undefined,
  { out, sign }: PublishOptions,
  disk: Disk,
): Promise<Released> {
  const { publication, added, views } = prepared;
  const { id } = publication.distribution;
  const linked = last?.linked ?? ((some) => [...some]);
  const texts = last === undefined ? vault.manifests(id) : [];
  const issued = issueManifest(publication, linked(files), last?.chain ?? chainOf(texts));
  const signature = sign === undefined ? [] : signatureFiles(issued.text, readText(sign), sign);
  const { number } = issued.manifest;
  const manifests = linked(manifestFiles(issued, last?.history ?? historyFiles(texts)));
  const all = [...filesWithManifest(linked(files), issued), ...manifests, ...signature];
  const manifest = issued.isNew ? { number, text: issued.text } : undefined;
  const published = [id, added, manifest, confirmed, views, { number, madeOf: stateOf(prepared) }] as const;
  if (shared !== undefined) {
    placePublication(disk, out, all, number);
    await shared.recordPublication(...published);
  }
  const { hasChanged } = writePublication(disk, out, all, number, () => {
    if (shared === undefined) vault.recordPublication(...published);
  });
  if (!hasChanged) return { number, hasChanged };
  return { number, hasChanged, files: all.length, bytes: all.reduce((sum, file) => sum + sizeOf(file), 0) };
}

function describe(
  { publication, added, held, renamed }: Prepared,
  released: Released,
  { out }: PublishOptions,
): string {
  const revised = added.filter(({ revision }) => revision > 1);
  const fresh = added.length - revised.length;
  const newest = fewWeek(publication) === undefined ? publication.weeks.findLast(hasNumber) : undefined;
  const headline =
    newest === undefined
      ? withoutNumber(publication)
      : `Week of ${mondayOf(newest.week)}: ${formatCount(newest.systems)} ${publication.distribution.name} systems${bandText(newest)}, quality of the logs: ${newest.grade}.`;
  return [
    headline,
    `${plural(fresh, 'new week')}, ${plural(revised.length, 'revision')}, ${plural(publication.weeks.length, 'week')} in all.`,
    ...protectionText(publication),
    ...(renamed === 0
      ? []
      : [
          `${plural(renamed, 'check-in')} of these weeks bear a name that no file may hold; it is "other" in all of them.`,
        ]),
    ...heldText(held),
    released.hasChanged
      ? `Publication ${released.number} is in ${out}: ${plural(released.files, 'file')}, ${formatBytes(released.bytes)}.`
      : `Nothing has changed: ${out} shows publication ${released.number}.`,
    '',
  ].join('\n');
}

function withoutNumber(publication: Publication): string {
  const few = fewWeek(publication);
  return few === undefined
    ? 'No week can be published yet.'
    : `Week of ${mondayOf(few.week)}: fewer than ${few.fewerThan} ${publication.distribution.name} systems, so no number is published.`;
}

/** Nothing where it is withheld. */
function bandText({ low, high }: NumberedWeek): string {
  if (low === null || high === null) return '';
  return ` (repositories disagree by ${formatCount(high - low)}: ${formatCount(low)} to ${formatCount(high)})`;
}

function protectionText({ protection, audit }: Publication): string[] {
  if (protection.kind === 'as-published')
    return ['Small groups are NOT protected: these totals are passed on as their source published them.'];
  return [
    `Small groups: up to ${formatCount(audit.hidden)} of the newest week are hidden; none can be worked out from what is published.`,
  ];
}
