import { type Sentence, type Shown, say } from './sentence.ts';
import type { Spans } from './spans.ts';

/** The pages that are read rather than looked at. */
export const enReading = {
  methodology: {
    title: 'How we count',
    lead: 'These are all the rules. With them and the same logs anybody gets the same numbers.',
    stepsTitle: 'Step by step',
    steps: [
      'Once a week, a system that counts itself adds countme=N to one request for its list of mirrors, for each of its repositories. N is 1 to 4: how long ago it did so first.',
      'From the web server’s logs we take such requests: GET, for a mirror list, with exactly one countme from 1 to 4, answered with 200 or 302, from a program known to count. All others are not counted; how many, and why, is published each week.',
      'Of each request we keep the week (Monday to Sunday, UTC), the repository, the age, what the program says of its system, and the country. The address is forgotten at once.',
      'A line is counted once, in whatever logs it stands. Two systems behind one address are two systems. Only what one network sends in masses is told apart.',
    ],
    census: (repositories: string): string =>
      `One system asks for many repositories. So each system is counted in one that all of its kind have: ${repositories}. A check-in counts only if the repository is of the system’s own release.`,
    crosschecks: (repositories: string): string =>
      `Other repositories that every system has (${repositories}) are counted the same way. The least and the most of them are what “repositories disagree by”. They are no bounds of the truth: a system that seldom asks is missing in all of them.`,
    laterSteps: [
      'Age 1 is “new or short-lived”, ages 2 to 4 are “established”. Both are always shown. With dnf the first age is two weeks, with rpm-ostree one: each of its ages ends a week earlier.',
      'A week gets a quality from the hours for which there are logs: A from 98%, B from 90%, C below, or if all repositories drop together, or all of Monday before a release, or if repositories disagree by more than 25%. Hours in which a small fleet is quiet anyway are not missing. The quality says how good our logs are, not how many systems asked. A week is at best B if more than 2% of our systems’ check-ins ask for repositories that no definition counts. Weeks that differ by more than 15% from the four before are held until a person has looked at them.',
    ],
    protection: (k: string, fewest: string): string =>
      `Names that few systems use, or that come from fewer than three networks, are withheld. Then all numbers are rounded together, so that the total and each version, edition, architecture, age and country is right to within less than ${k} and everything adds up; what cannot be shown so is “withheld”. Under ${fewest} systems we say only that.`,
    namesLink: 'Which spellings are counted as which name',
    growth:
      'Growth compares the median of four weeks with that of the four weeks a quarter before, in weeks of quality A and B and of imported totals. What rounding leaves open is said: of small fleets from what to what.',
    exampleTitle: 'A worked example',
    exampleLead:
      'Fourteen lines of a made-up log, with addresses that are reserved for documentation. Five of them become systems.',
    exampleLine: 'Line',
    exampleOutcome: 'What becomes of it',
    outcomes: {
      system: (release: string, age: string): string => `a system: release ${release}, ${age}`,
      crosscheck: 'the same kind of check-in in another repository: only compared with',
      crossRelease: 'asks for another release than its own: counted apart',
      plain: 'no countme: not looked at',
      age: 'not counted: the age is not 1 to 4',
      method: 'not counted: not a GET request',
      agent: 'not counted: not a client that counts',
      status: 'not counted: answered with an error, a lost check-in',
      duplicate: 'not counted: countme given twice',
    },
    exampleResult:
      'Result: 5 systems, of which 3 are established and 2 new or short-lived; 1 check-in for another release; 5 requests not counted, each for its reason. Groups as small as these would not be published.',
    exampleTry: 'To see this happen with a whole made-up fleet:',
    pitfallsTitle: 'What can go wrong, and what we do',
    pitfall: 'What',
    size: 'How big last week',
    answer: 'What we do',
    notMeasured: 'cannot be measured',
    pitfalls: {
      hits: {
        what: 'One system checks in once for each repository: check-ins are not systems.',
        size: (times: Shown): Sentence => say`${times} check-ins for each system`,
        answer: 'We count in one repository, with matching release.',
      },
      budget: {
        what: 'A client counts itself with the first, second, third or fourth request, by chance, so systems that are rarely on are missed in some weeks.',
        size: (share: Shown): Sentence => say`not to be seen in logs; repositories disagree by ${share}`,
        answer: 'We say how much was missing in fleets that were measured, and never scale up.',
      },
      shortLived: {
        what: 'Containers, test machines and live images look like new systems.',
        size: (share: Shown, span: Spans): Sentence => say`${share} are ${span.youngest}`,
        answer: 'Two series, always shown together; growth is computed without them.',
      },
      ageReset: {
        what: 'With older clients a version upgrade starts the age anew.',
        size: (version: string): string => `versions up to ${version}`,
        never: 'no version of this distribution',
        answer: 'We say so beside the ages, and compute growth from the total.',
      },
      agents: {
        what: 'Some check-ins do not say what system they come from.',
        size: (share: Shown): Sentence => say`${share} of check-ins`,
        answer: 'They are in the check-ins, not in the breakdowns.',
      },
      images: {
        what: 'Image-based systems count by another program, with its own schedule; with layered packages both programs may count.',
        size: (share: Shown): Sentence => say`${share} of systems`,
        answer: 'The program is a column of the data.',
      },
      upgrades: {
        what: 'While a system is upgraded it asks for the new release before it runs it. Build tools do the same.',
        size: (count: Shown): Sentence => say`${count} check-ins`,
        answer: 'They are counted apart.',
      },
      strangers: {
        what: 'Anyone can send anything to a public server.',
        size: (count: Shown): Sentence => say`${count} requests not counted`,
        answer: 'A closed list of reasons, published each week; sudden jumps are held until a person confirms them.',
      },
      names: {
        what: 'Names are spelled in many ways.',
        size: (share: Shown): Sentence => say`${share} of systems have a version that is not shown`,
        answer: 'One list of spellings, kept with the program; unknown names are withheld.',
      },
      lostLogs: {
        what: 'Logs get lost, or arrive late.',
        size: (share: Shown): Sentence => say`${share} of the logs are there`,
        answer: 'Every week has a quality; nothing is filled in; late logs make a new revision.',
      },
      ages: {
        what: 'Ages that do not survive a restart make every system look new for ever.',
        size: (count: Shown): Sentence => say`${count} systems`,
        answer: 'Such groups are taken out of the established, and named.',
      },
      running: {
        what: 'The running week is not complete.',
        answer: 'Only complete weeks are published, 26 hours after their end and later.',
      },
      addresses: {
        what: 'Unique addresses are not systems either: offices share one, laptops have many.',
        answer: 'We do not count addresses.',
      },
      invisible: {
        what: 'Systems that opted out, have no network, use a mirror of their own or come from images without a mirror list are never seen.',
        answer: 'We say so beside the number. No log tells how many they are.',
      },
    },
    captureTitle: 'How likely a system is counted',
    captureLead:
      'dnf counts itself with the first, second, third or fourth request, drawn by chance, and goes on in the next week where it stopped. So it depends on how often a system asks in a week:',
    captureRequests: 'Requests a week',
    captureShare: 'Weeks in which it is counted',
    captureMore: '4 and more',
    biasTitle: 'How wrong is each way of counting?',
    biasLead: (fleets: string, systems: string, weeks: string): string =>
      `Measured on ${fleets} made-up fleets of about ${systems} systems, over ${weeks} weeks, where the truth is known: percent above or below the true number of systems, the median over the weeks; of our way also the least and the most. Each fleet has one trait, so that an error has one cause. How real systems behave is not known so well: take the kind of error from here, not its size.`,
    biasLesson:
      'In the fleets of the last five rows no repository sees what is missing, so repositories agree while the number is far too low.',
    biasDisagree: 'repositories disagree by',
    biasAround: (weeks: string): string => `weeks of ${weeks} in which the truth lay between them`,
    biasFleet: 'Fleet',
    biasCommand: 'To measure again:',
    fleets: {
      servers: 'servers, always on; a few refresh once a week',
      laptops: 'laptops, used on some days of the week',
      containers: 'containers that live for hours',
      nat: 'servers and workstations, nearly all behind shared addresses',
      'release-week': 'the week of a release: a third upgrades',
      'rarely-on': 'laptops, used on one day of the week or none',
      'by-hand': 'servers, updated by hand about once a week',
      'own-mirrors': 'servers, half behind mirrors of their own (Satellite, Pulp)',
      'fixed-addresses': 'servers, 30% from images that name no mirror list or metalink',
      'switched-off': 'servers and laptops, 15% with counting switched off or blocked',
    },
    estimators: {
      'sum-over-repositories': 'sum over repositories',
      'base-repository': 'base repository',
      census: 'our way: base repository, matching release',
      'addresses-per-day': 'unique addresses per day',
    },
  },
  spellings: {
    title: 'Spellings and names',
    lead: 'Programs and releases write the same name in several ways. These spellings are counted as one name.',
    rest: 'Editions and architectures are compared in small letters. All other names are counted as they are written, if they are among the names that may be published; if not, they are withheld.',
    version: (version: string): string => `The list, version ${version}`,
    versionNote: 'Each change gives the list a new version. It is part of the program’s source, for anyone to check.',
    field: 'Field',
    spelled: 'Spellings',
    means: 'Counted as',
    since: 'Since',
    always: 'always',
    empty: 'an empty name',
    file: 'As a file:',
    fields: { os: 'System name', arch: 'Architecture', client: 'Program', edition: 'Edition' },
  },
  privacy: {
    title: 'Privacy',
    lead: 'We count systems. We must not be able to tell which.',
    lineTitle: 'What a check-in contains',
    lineLead: 'This is all of it (the address is one reserved for documentation):',
    part: 'Part',
    use: 'What we do with it',
    kept: 'Kept',
    parts: {
      address: ['looked up for its country, in memory; its network, for the rule of three networks', 'never'],
      time: ['the week; whether logs are missing', 'the week; of a whole log its hours'],
      path: ['the repository', 'the repository'],
      age: ['how long ago the system was set up, in four steps', 'one of four'],
      status: ['whether the server could answer', 'no'],
      agent: ['program, name, version, edition and architecture', 'these five'],
    },
    noIdentifier:
      'There is no identifier in it. The program chooses by chance which request of the week carries the number.',
    storedTitle: 'What is stored, and for how long',
    stored: [
      'Addresses: never written to any file. To see whether a group comes from three networks, and not nearly all from one, up to three keyed hashes of networks and how check-ins spread over thirtieths of all networks are kept for each group and week; eight days after the week their key is destroyed with them.',
      'The weekly table without addresses: for ever.',
      'Of each counted line its clock hour and 32 bits of a hash, so that it is not counted again from another log: for ever. For every second of the hour 256 addresses fit them.',
      'Logs: not kept by this program. The server’s operator decides how long they live.',
    ],
    publishedTitle: 'What is published',
    rules: (k: string, networks: string, fewest: string): readonly string[] => [
      `Names come from closed lists. A new name appears only if ${k} systems and more in at least ${networks} separate networks use it, in four of the last six weeks.`,
      `A row stands for ${k} systems or more. What smaller groups are is withheld, field by field; no system is left out of the total.`,
      `Numbers are multiples of ${k}, chosen together: the total and each version, edition, architecture, age and country is less than ${k} away from the truth, and all sums agree. Of fewer than ${fewest} systems only that is said.`,
      'What one network sends is told apart where it is more than half of a group, or thousands and more than a tenth: it is in no number of systems. Where servers hide addresses, that is said with the week.',
      'All else on this site – charts, shares, growth, badges – is computed from those published rows. This site has nothing finer.',
      'Countries are a table of their own and are never combined with editions or versions.',
      'When a week is corrected, groups stay in the rows in which they were. What would give a small group away is withheld.',
      'Before anything is published a program tries to work out the hidden groups from all that has ever been published. If it could, nothing is published.',
    ],
    asPublished:
      'These totals had been published by their source, with small groups in them. They are shown unchanged, at the wish of the operator: the rules for small groups are not applied to them.',
    auditTitle: 'The last audit',
    audit: (hidden: string, weeks: string): string =>
      `Up to ${hidden} small groups are hidden in the newest week; none can be worked out from what we publish. Looked at: ${weeks} weeks and revisions.`,
    optOutTitle: 'How to opt out',
    optOut: 'Each system can stop counting itself. Nothing else changes for it.',
    optOutDnf: 'With dnf, in /etc/dnf/dnf.conf:',
    optOutOstree: 'On image-based systems:',
    weaknessesTitle: 'Known weaknesses',
    weaknesses: [
      'Who can read the web server’s logs sees addresses. This program cannot change that; keep logs short.',
      'Who runs a fleet that makes up most of a published group can subtract their own systems from it.',
      'The audit bounds what can be computed from our numbers alone. Who knows more than we publish may learn more.',
      'Anyone can send false check-ins. Sudden jumps are held back, slow ones may not be noticed.',
      'A country is where an address is registered, not where a person is.',
    ],
  },
};
