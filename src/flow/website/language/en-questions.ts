import type { MeasuredFleet } from '../measured-bias.ts';
import { type Sentence, type Shown, say, strong } from './sentence.ts';
import type { Spans } from './spans.ts';

const plurals = new Intl.PluralRules('en');

function systems(count: Shown): string {
  return plurals.select(count.figure.value) === 'one' ? 'system' : 'systems';
}

/** The pages that answer a question with a chart. */
export const enQuestions = {
  home: {
    title: (name: string): string => `How many ${name} systems are there?`,
    description: (name: string, sentence: string): string =>
      `${sentence} Weekly numbers about ${name}, counted without tracking anyone.`,
    lastWeek: (count: Shown, name: string): Sentence =>
      say`About ${count} ${name} ${systems(count)} checked in last week.`,
    earlierWeek: (count: Shown, name: string, days: string): Sentence =>
      say`About ${count} ${name} ${systems(count)} checked in in the week of ${days}.`,
    notLast: {
      held: 'The newest week is held back: its number is implausible and has not been confirmed yet. This is the last good week.',
      missing: 'For the newest week there are no numbers. This is the last good week.',
      excluded: 'The newest week has been excluded. This is the last good week.',
      withheld: 'In the newest week too few systems checked in for a number. This is the last week that has one.',
      doubtful: 'The quality of the newest week’s logs is C; why stands on its page. This is the last good week.',
    },
    onlyDoubtful: 'The quality of this week’s logs is C; why stands on its page. Do not compare its number.',
    durations: (established: Shown, fresh: Shown, span: Spans): Sentence =>
      say`${established} have been around for ${span.established}; ${fresh} are new or short-lived, such as containers and test machines.`,
    trend: (
      direction: 'up' | 'down' | 'level' | 'unclear',
      percent: Sentence,
      of: 'established' | 'systems',
      span: Spans,
      between: string,
    ): Sentence => {
      const what = of === 'established' ? `, systems of ${span.established}` : '';
      const how = {
        up: strong(say`up about ${percent}`),
        down: strong(say`down about ${percent}`),
        level: strong(say`about the same (${percent})`),
        unclear: say`${percent}; the numbers are rounded, and that leaves no more to say`,
      }[direction];
      return say`Compared with three months ago${what}: ${how}${between === '' ? '' : ` – in between: ${between}`}.`;
    },
    trendUnknown: {
      'too-few-weeks': 'There are not yet enough good weeks to say whether that grows.',
      rollout: 'More systems have only just begun to be counted, so growth is not computed.',
    },
    event: (text: string, day: string): string => `${text} (${day})`,
    promise: 'Each system says “count me” once a week. We do not know who or where it is.',
    howWeCount: 'How we count',
    whatWeCannotSee: 'What we cannot see',
    sureness: 'How sure is that?',
    sure: (days: string, quality: Sentence): Sentence =>
      say`${days}, ${quality}. However good our logs are, missing from the number are:`,
    missing: (percent: (fleet: MeasuredFleet) => string): readonly string[] => [
      `systems that seldom ask: about ${percent('servers')} of servers of which nearly all look for updates every day, ${percent('by-hand')} of those updated by hand once a week, ${percent('laptops')} of laptops used on several days a week, ${percent('rarely-on')} of those used on one day or none;`,
      `systems that live for hours, such as containers and test machines: about ${percent('containers')} of them;`,
      'all systems that never ask us: behind mirrors of their own (Satellite, Pulp), from images that name no mirror list, with counting switched off or blocked. How many they are no log can tell.',
    ],
    missingNote:
      'These shares were measured on made-up fleets that count with dnf; real ones differ. There are more systems than the number says, but for what counts twice: upgrades in the week of a release, build tools, systems with two counting programs; and for check-ins that strangers invent.',
    missingLink: 'What was measured, and on which fleets',
    disagree: (share: Shown, low: Shown, high: Shown): Sentence =>
      say`Our repositories disagree by ${share} (${low} to ${high}). That tells nothing of what is missing in all of them.`,
    chartTitle: 'How many systems check in each week?',
    chartSummary: (count: Shown, days: string, established: Shown, span: Spans): Sentence =>
      say`${count} systems in the week of ${days}; ${established} of them have been around for ${span.established}.`,
    established: (span: Spans): string => `established: ${span.established}`,
    fresh: 'new or short-lived',
    ageUnknown: 'age not shown',
    allSystems: 'all systems',
    logarithmicUnit: 'systems in total, logarithmic axis',
    cards: 'Four answers',
    cardVersions: 'Which versions?',
    cardArchitectures: 'Which processors?',
    cardCountries: 'Where?',
    cardAge: 'How long-lived?',
    versionsAnswer: (share: Shown, version: string, weeks: string): Sentence => say`${share} run ${version}${weeks}.`,
    weeksAfterRelease: (weeks: number): string =>
      weeks === 1 ? ', one week after its release' : `, ${weeks} weeks after its release`,
    architecturesAnswer: (share: Shown, arch: string): Sentence => say`${share} run on ${arch}.`,
    countriesAnswer: (share: Shown, country: string, count: string): Sentence =>
      say`Most: ${country}, ${share}. ${count} countries have a number of their own.`,
    noCountries: 'Countries are not known.',
    ageAnswer: (share: Shown, span: Spans): Sentence => say`${share} have been around for ${span.oldest}.`,
    newsTitle: 'What changed this week',
    nothingUnusual: 'Nothing unusual.',
    newsUnknown: 'The week before cannot be compared with.',
    newsTotal: (change: Sentence, after: Shown): Sentence => say`All systems: ${change}, now ${after}.`,
    newsGroup: (column: 'version' | 'edition' | 'arch', name: string, change: Sentence, after: Shown): Sentence => {
      const what = { version: `Version ${name}`, edition: `Edition ${name}`, arch: name }[column];
      return say`${what}: ${change}, now ${after}.`;
    },
    newsNotStated: (change: Sentence, after: Shown): Sentence =>
      say`Systems that state no edition: ${change}, now ${after}.`,
    noise: 'Changes below 2% happen in any week and are not news.',
    bulletin: 'The whole week in numbers',
  },
  versions: {
    title: 'Which versions are in use?',
    lead: (share: Shown, version: string, count: Shown): Sentence =>
      say`${share} of systems run version ${version}: ${count}.`,
    countTitle: 'How many systems run each version?',
    unsupported: (count: Shown, share: Shown): Sentence => say`No longer supported: ${count} systems (${share}).`,
    noUnsupported: 'All versions with a number are supported.',
    minorTitle: (major: string): string => `Which minor releases of ${major} are in use?`,
    minorLead: (share: Shown, version: string, major: string): Sentence =>
      say`Of the systems on ${major}, ${share} run ${version}.`,
    curvesTitle: 'How fast do people move to a new version?',
    curvesLead: (version: string, share: Shown, weeks: string): Sentence =>
      say`${version} is at ${share} of all systems ${weeks} after its release.`,
    weeks: (count: number): string => (count === 1 ? '1 week' : `${count} weeks`),
    curvesAxis: 'weeks after the release',
    crossRelease: (count: Shown): Sentence =>
      say`Not in these numbers: ${count} check-ins of systems that asked for the repository of another release than their own. They are upgrades in progress, or build tools.`,
    tableTitle: 'All versions',
    ended: 'no longer supported',
    perMajor: 'The first charts add up minor releases; those further down show them apart.',
  },
  editions: {
    title: 'Which editions are in use?',
    lead: (share: Shown, name: string, count: Shown): Sentence => say`${share} of systems are ${name}: ${count}.`,
    leadNotStated: (share: Shown, count: Shown): Sentence =>
      say`${share} of systems do not state an edition: ${count}.`,
    overTime: 'How have editions changed?',
    each: 'How has each edition changed?',
    eachLead: (first: string, most: Shown, last: string, least: Shown): Sentence =>
      say`From ${first} with ${most} to ${last} with ${least} systems.`,
    notStated:
      '“Edition not stated” means that the system names none: minimal systems, those set up over the network, many upgrades.',
    tooFew: (k: string): string =>
      `“Too few to show”: groups of fewer than ${k} systems are never shown by themselves.`,
  },
  architectures: {
    title: 'Which processors do systems run on?',
    lead: (share: Shown, name: string, count: Shown): Sentence =>
      say`${share} of systems run on ${name}: ${count}. The chart shows all others, which would be too small to see beside it.`,
    leadAlone: (share: Shown, name: string, count: Shown): Sentence =>
      say`${share} of systems run on ${name}: ${count}.`,
    overTime: 'How have the other architectures changed?',
    each: 'How has each architecture changed?',
    rounded: (k: string): string => `Each group is rounded to ${k}, so numbers of rare architectures are coarse.`,
  },
  age: {
    title: 'How long do systems last?',
    lead: (share: Shown, span: Spans): Sentence => say`${share} of systems have been around for ${span.oldest}.`,
    lifetimesTitle: 'How many new systems stay?',
    lifetimesLead: (arrivals: Shown, survival: Shown, span: Spans): Sentence =>
      say`About ${arrivals} systems appear each week; about ${survival} of those are still here after ${span.later}.`,
    arrivals: 'New each week',
    survival: (span: Spans): string => `Still here after ${span.later}`,
    derived: {
      'two-weeks':
        'Computed from one week: ages under 2 weeks cover two weeks, 2 to 4 weeks cover three. New each week is half of the first; those still here are a third of the second, divided by the new.',
      'one-week':
        'Computed from one week: the youngest age covers one week, 1 to 3 weeks cover three. New each week are those of the youngest age; those still here are a third of the second, divided by the new.',
      mixed:
        'Computed from one week, for each program by itself: the youngest age covers two weeks with dnf and one with rpm-ostree, the next three with both. New each week is half of dnf’s youngest and all of rpm-ostree’s; those still here are a third of the second age, divided by the new. Where the program is not known, dnf’s two weeks are taken.',
    },
    repoBasis: (version: string): string =>
      `Up to version ${version} a version upgrade looked like a new system: its age starts anew.`,
    implausibleTitle: 'Ages that cannot be believed',
    implausible: (name: string, since: string, span: Spans): Sentence =>
      say`${name}: since ${since} nine in ten and more are ${span.youngest} in every week. Either these systems live no longer, or their age does not survive a restart. They are in the totals, but not among the established.`,
    noImplausible: 'There are none at present.',
    buckets: 'A system says how long ago it was set up, in four steps and no finer.',
  },
  countries: {
    title: 'Where are the systems?',
    lead: (share: Shown, country: string, count: Shown): Sentence =>
      say`Most systems: ${country}, with ${count} or ${share}.`,
    unknown: (share: Shown): Sentence => say`The country of ${share} is not known.`,
    perPeopleTitle: 'Where are they most common?',
    perPeopleLead: (country: string, value: Shown): Sentence =>
      say`Most for each 100,000 people: ${country}, with ${value} systems.`,
    countTitle: 'Where are they most numerous?',
    population: (source: string): string => `Populations: ${source}.`,
    rolledUp: 'Countries with too few systems are added up under their continent.',
    search: 'Find a country',
    none: 'The countries of the newest week are not known: its logs hide addresses, or were not looked up by country.',
    address: 'The country is looked up from the address while the log is read; the address is then forgotten.',
  },
  epel: {
    title: 'Which Enterprise Linux systems use EPEL?',
    warning: 'This is not market share.',
    warningNote:
      'Systems without EPEL, or behind Satellite or a local mirror, are invisible here. Only systems of two weeks and more (one, where rpm-ostree counts) are shown.',
    lead: (count: Shown, name: string, release: string): Sentence =>
      say`${count} systems of ${name} use EPEL ${release}.`,
    overTime: (release: string): string => `Which systems use EPEL ${release}?`,
    resolution: (release: string, share: Shown): Sentence =>
      say`On EPEL ${release} repositories disagree by ${share} this week: smaller differences than that mean nothing.`,
    changeYear: 'How has the use of EPEL changed in a year?',
    changeSince: (day: string): string => `How has the use of EPEL changed since ${day}?`,
    changeLead: (name: string, before: Shown | undefined, now: Shown, weeks: number): Sentence => {
      const when = weeks === 52 ? 'a year before' : weeks === 1 ? 'a week before' : `${weeks} weeks before`;
      return before === undefined
        ? say`${name}: ${now} systems; ${when} there was no number.`
        : say`${name}: ${now} systems; ${when} it was ${before}.`;
    },
    notYear: (weeks: number): string =>
      `There are not yet numbers of a whole year: this compares with the earliest good week, ${weeks === 1 ? 'one week' : `${weeks} weeks`} before.`,
    noChange: 'There is no earlier week to compare with yet.',
    rollout: 'In between, systems have begun to be counted that were there before: the difference is not growth.',
    neverAdded: 'These numbers are never added to the distribution’s own: many systems are in both.',
    tableTitle: 'This week',
    release: 'EPEL release',
    system: 'System',
    ofRelease: 'Share of this release',
  },
};
