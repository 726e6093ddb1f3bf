import type { Random } from './random.ts';

/** Pieces that real and hostile logs are made of. One byte per character. */
const HOSTS = [
  '10.1.2.3',
  '192.0.2.77',
  '203.0.113.9',
  '2001:db8::1',
  '2001:db8:1:2:3:4:5:6',
  '::ffff:10.9.8.7',
  '::',
  '::1',
  '1::',
  'host.example',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '256.1.1.1',
  '1.2.3.256',
  '::ffff:1.2.3',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '1::2:3:4:5:6:7:8',
  '1:2:3:4:5:6:1.2.3.4',
  '1:2:3:4:5:6:7:1.2.3.4',
  ':1',
  '1:',
  '12345::',
  ':::',
  '-',
  '0.0.0.0',
  '255.255.255.255',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  'FE80::A',
  '::1.2.3.4',
  '1::1.2.3.4',
  '::1:ffff:a09:807',
  '::ffff:a09:807',
  '::1.2.3.4:5',
  '10.1.2.3:51234',
  '192.0.2.77:1',
  '10.1.2.3:',
  '10.1.2.3:123456',
  '10.1.2.3:8o',
  '01.1.2.3:80',
  '1.2.3:80',
  '[2001:db8::1]',
  '[2001:db8::1]:443',
  '[::ffff:10.9.8.7]:65535',
  '2001:db8::1:51234',
  '64:ff9b::10.1.2.3',
  '64:ff9b::9a09:807',
  '64:ff9b:0:0:0:0:a09:807',
  '64:ff9b::1:a09:807',
  '64:ff9b:1::a09:807',
  '2001:db8::1:5123',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7:8:123456',
  '::ffff:10.9.8.7:65535',
  '::1:',
  '[10.1.2.3]:80',
  '[10.1.2.3]',
  '[::1',
  '[::1]x',
  '[::1]:',
  '[::1]:1234567',
  '[]',
  '[]:1',
  '[:]',
  '[fe80::1%eth0]:1',
  '[[::1]]',
  ':80',
  '::1]:1',
];
/** Ident and user. A stranger may sign in to nginx as whatever he likes; Apache escapes quotes otherwise. */
const USERS = [
  '- joe',
  'id user',
  '- a b',
  '-',
  '"" ""',
  '- ""',
  '- [x',
  '- x]',
  '- John Q. Public',
  '- a [b',
  '- a] b',
  '- a ] b',
  '- a - b',
  '- - -',
  '- - b',
  '- b -',
  '- -b c',
  '-  ',
  '-   ',
  '- ',
  '- a ',
  '-  a',
  'id a b',
  '-- a b',
  '- a\\"b c',
  '- a\\" b c',
  '- a \\"',
  '- a \\\\"b c',
  '- a\\ b',
  '- a b\\',
  '- a \\',
  '- a "b c',
  '- a b"',
  '- a \\x22b\\x22 c',
  '- [15/Dec/2021:17:02:12 +0000] x',
  '- x [15/Dec/2021:17:02:12 +0000] y',
  '- x [15/Dec/2021:17:02:12 +0000] \\"GET / HTTP/1.1\\" 200',
  '- x [15/Dec/2021:17:02:12 +0000] "GET / HTTP/1.1" 200',
  '- \xff\xfe a',
  '- a\tb c',
];
/** What stands between the quotes when no client of a package manager asked. */
const BAD_REQUESTS = [
  '',
  '-',
  ' ',
  'GET /?countme=1',
  'GET /mirrorlist?countme=1',
  'countme=1',
  '\\x16\\x03\\x01\\x00\\xEEcountme=1',
  '\\x16\\x03\\x01\\x00\\xee?countme=1 HTTP/1.1',
  'GET /mirrorlist/9/base os?countme=1 HTTP/1.1',
  'GET  /mirrorlist?countme=1 HTTP/1.1',
  ' GET /mirrorlist?countme=1 HTTP/1.1',
  'GET /mirrorlist?countme=1 HTTP/1.1 ',
  'GET /mirrorlist?countme=1  HTTP/1.1',
  'GET HTTP/1.1 /mirrorlist?countme=1',
  'GET /mirrorlist?countme=1 HTTP',
  'GET /mirrorlist?countme=1 FTP/1.1',
  '\\"GET /mirrorlist?countme=1 HTTP/1.1\\"',
  'GET /mirrorlist?countme=1\\" HTTP/1.1',
  'SSH-2.0-countme=1',
  'PRI * HTTP/2.0',
  'GET /mirrorlist?countme=1 HTTP/1.1\\x0D',
  'GET /mirrorlist?countme=1 HTTP/1.1\\r\\nHost: x',
  'GET',
  'GET ',
];
const TIMES = [
  '15/Dec/2021:17:02:12 +0000',
  '01/Jan/2022:00:00:00 +0000',
  '03/Jan/2022:00:30:00 +0100',
  '02/Jan/2022:23:59:59 -0730',
  '29/Feb/2024:12:00:00 +0000',
  '29/Feb/2023:12:00:00 +0000',
  '31/Feb/2022:12:00:00 +0000',
  '31/Apr/2022:12:00:00 +0000',
  '15/Dec/2021:24:00:00 +0000',
  '15/Dec/2021:23:59:60 +0000',
  '15/Dez/2021:17:02:12 +0000',
  '15/Dec/0000:17:02:12 +0000',
  '15/Dec/9999:17:02:12 +0000',
  '01/Jan/1970:00:00:00 +0000',
  '31/Dec/1969:23:59:59 +0000',
  '09/Feb/2020:23:59:59 +0000',
  '10/Feb/2020:00:00:00 +0000',
  '02/Jan/2027:00:00:00 +0000',
  '02/Jan/2027:00:00:01 +0000',
  '15/Dec/2021:17:02:12 Z',
  '15/Dec/2021:17:02:12',
  '15/Dec/2021:17:02:12 +1400',
  '15/Dec/2021:17:02:12 +1500',
  '15/Dec/2021:17:02:12 -0060',
  '00/Dec/2021:17:02:12 +0000',
  '1/Dec/2021:17:02:12 +0000',
  '',
  '15/dec/2021:17:02:12 +0000',
  '20/Jun/2024:10:10:10 +0200',
  '20/Jun/2025:10:10:10 +0200',
  '10/Feb/2020:00:00:00 +0001',
  '15/Dec/2021 17:02:12 +0000',
  '15-Dec-2021:17:02:12 +0000',
  '15/Dec/2021:17:02:12 [+0000',
  '15/Dec/2021:17:02:12 "+0000',
  '15/Dec/2021:17:02:1\\ +0000',
];
const METHODS = ['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'get', 'GETS', 'G', 'OPTIONS'];
const PATHS = [
  '/mirrorlist',
  '/metalink',
  '/mirrorlist/9/baseos',
  '/metalink/40/fedora',
  '/x/mirrorlist',
  '/mirrorlist/',
  '//metalink',
  '/METALINK',
  'http://h.example/metalink',
  'https://h/mirrorlist/9/baseos',
  'http://h',
  'http:/metalink',
  'https://',
  'http://metalink',
  '/x/../metalink',
  '/mirrorlist/9/a/b',
  '/mirrorlist//baseos',
  '/mirrorlist/9/',
  '/',
  '',
  'metalink',
  '/mirrorlistx',
  '/mirrorlist/9/mirrorlist',
  '/mirrorlist/9%2e5/base%6Fs',
  '/mirrorlist/\\x22/b',
  '*',
  '/metalink/a/b/metalink',
  '/mirrorlis',
  '/metalink/1/2/',
  '/count',
  '/count/',
  '/counts',
  '/api/count',
  '/api/count\\x22',
  '/metalink/own/path/3',
  '/mirrorlist%26x',
  '/metalink/10/base&os',
];
/** Declared in some of the runs. */
export const OWN_PATHS = ['/count', '/api/count', '/metalink/own/path/3', '/mirrorlist/9/baseos'];
/** What ends a path: usually a question mark. */
const ENDS_OF_PATH = ['?', '?', '&', '&', '', '&?', '?&', '&x?', '%26', '&&'];
const QUERIES = [
  'countme=1',
  'countme=4',
  'countme=2',
  'countme=0',
  'countme=5',
  'countme=99',
  'countme=-1',
  'countme=01',
  'countme=1e0',
  'countme=1.0',
  'countme= 1',
  'countme=',
  'countme',
  'countme=%31',
  'COUNTME=1',
  'countme%3D1',
  'xcountme=1',
  'countmex=1',
  'countme=\xd9\xa3',
  'countme=/',
  'countme=:',
  'repo=fedora-32=32',
  'repo=epel-9',
  'repo=a&repo=b',
  'repo',
  'repo=',
  'arch=x86_64',
  'arch=',
  'arch=a&arch=b',
  'repo=__proto__',
  'arch=constructor',
  'repo=toString',
  'repo=%zz',
  'repo=%00',
  'repo=%FF',
  'repo=%C0%80',
  'repo=a+b',
  'repo=%C3%A9',
  'repo=\\xC3\\xA9',
  'repo=\\n',
  'repo=%0A',
  'repo=%5Cx41',
  'repo=\\x5Cx41',
  'repo=\xe2\x80\xae',
  'repo=\xc3\xa9',
  'repo=%',
  'repo=%4',
  'foo=bar',
  '',
  '=',
  'countme=1#x',
  'a=countme=1',
  '?countme=1',
  'repo=;',
  'arch=%78',
  'countme=1;arch=y',
  'repo=\\"',
  'repo=\\',
];
const PROTOCOLS = [
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/1.1',
  'HTTP/2.0',
  'HTTP/',
  'HTTP',
  'http/1.1',
  'HTTP/1.1 ',
  'HTTP/1 1',
  '',
];
const STATUSES = ['200', '200', '200', '200', '302', '404', '503', '000', '20', '2000', 'abc', '301', '206', ''];
const SIZES = ['629', '0', '-', '--', '', '1a', '12345678901234567890'];
const REFERERS = ['-', '', 'http://x/?countme=1', '\\"', '\\\\', 'a"b', '\\x22'];
const AGENTS = [
  'libdnf (AlmaLinux 8.3; generic; Linux.x86_64)',
  'libdnf (Fedora Linux 41; workstation; Linux.x86_64)',
  'libdnf',
  'libdnf/0.69',
  'libdnf/',
  'libdnf/ x',
  'libdnfx',
  ' libdnf',
  'libdnf ',
  'rpm-ostree (CentOS Stream 10; \\"cayo\\"; Linux.x86_64)',
  'rpm-ostree (CentOS Stream 10; \\x22cayo\\x22; Linux.x86_64)',
  'rpm-ostree (X 1; "; Linux.x)',
  'libdnf (X 1; \\"; Linux.x)',
  'libdnf (X 1; \\"\\"; Linux.x)',
  'libdnf (AlmaLinux 8.10; ; Linux.x86_64)',
  "libdnf ('Fedora Linux' '41'; 'server'; Linux.x86_64)",
  'libdnf (A; B; C 1; v; Linux.x)',
  'libdnf (Only; v; Linux.x)',
  'libdnf (X 1; v; Linux)',
  'libdnf (X 1; v)',
  'libdnf ()',
  'libdnf (',
  'libdnf (X 1; y; Linux.z)" 200 1 "-" "libdnf (Fedora Linux 99; w; Linux.q)',
  'libdnf (\xc3\x84lma \\"Q\\" L; (beta) 1; v; Linux.x)',
  'libdnf (\\xC3\\x84lma 1; v; Linux.x)',
  'libdnf (A\\tB 1; v; Linux.x)',
  'libdnf (A\tB 1; v; Linux.x)',
  'libdnf (\xff 1; v; Linux.x)',
  'libdnf (\xe2\x80\xae 1; v; Linux.x)',
  'libdnf (__proto__ 1; constructor; Linux.toString)',
  'libdnf (<script> =1+1; v; a.b.c)',
  'dnf5',
  'curl/8',
  '-',
  '',
  'Mozilla/5.0 (X11; Linux)',
  'libdnf (X 1; v; L.x) y',
  'libdnf/1 (X 1; v; L.x)',
  'libdnf (X \\\\; v; L.x)',
  'libdnf \\',
  'libdnf \\\\',
  'libdnf (X 1; V; ; L.x)',
  'LIBDNF',
  'libdnf\\x20(X 1; v; L.x)',
  'libdnf (X 1; v; L.)',
  'libdnf (; ; )',
  'libdnf (; ; .)',
];

/** Addresses as they are written, and nearly so. */
function oddHost(random: Random): string {
  if (random.chance(0.5)) return random.pick(HOSTS);
  if (random.chance(0.5)) {
    return Array.from({ length: random.chance(0.95) ? 4 : random.below(6) }, () =>
      random.below(random.pick([10, 256, 300])),
    ).join('.');
  }
  const groups = Array.from({ length: random.chance(0.6) ? 8 : random.below(10) }, () => {
    const digits = random.below(random.pick([16, 0x100, 0x10000, 0x10000, 0x12000])).toString(16);
    return random.chance(0.1) ? digits.padStart(4, '0').toUpperCase() : random.chance(0.2) ? '0' : digits;
  });
  const gap = random.below(groups.length + 1);
  if (random.chance(0.6)) groups.splice(gap, random.below(6), gap === 0 || gap === groups.length ? ':' : '');
  if (random.chance(0.1)) groups.splice(-2, 2, `10.9.${random.below(300)}.7`);
  const text = groups.join(':').replace(':::', '::');
  return random.chance(0.05)
    ? random.pick([`[${text}]`, `[${text}]:443`, `${text}:`, `${text}:51234`, `:${text}`, `${text}g`])
    : text;
}

/** One line, without line end: mostly sound, sometimes hostile in one field, sometimes mutilated. */
export function hostileLine(random: Random): string {
  const odd = () => random.chance(0.12);
  const host = odd() ? oddHost(random) : `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`;
  const time = odd() ? random.pick(TIMES) : TIMES[random.below(4)]!;
  const path = odd() ? random.pick(PATHS) : PATHS[random.below(2)]!;
  const query = odd()
    ? Array.from({ length: random.below(4) }, () => random.pick(QUERIES)).join('&')
    : `repo=r${random.below(20)}&arch=x86_64&countme=${1 + random.below(4)}`;
  const target = `${path}${random.chance(0.9) ? '?' : random.pick(ENDS_OF_PATH)}${query}`;
  const asked = `${odd() ? random.pick(METHODS) : 'GET'} ${target} ${odd() ? random.pick(PROTOCOLS) : 'HTTP/1.1'}`;
  const request = random.chance(0.04) ? random.pick(BAD_REQUESTS) : asked;
  const user = odd() ? random.pick(USERS) : '- -';
  const [referer, agent] = odd() ? [random.pick(REFERERS), random.pick(AGENTS)] : ['-', AGENTS[random.below(2)]!];
  const status = odd() ? random.pick(STATUSES) : '200';
  const size = odd() ? random.pick(SIZES) : '629';
  const tail = random.chance(0.03) ? random.pick([' x', ' ', 'x', ' "y"', '\r', '"']) : '';
  const line = `${host} ${user} [${time}] "${request}" ${status} ${size} "${referer}" "${agent}"${tail}`;
  return random.chance(0.15) ? mutilate(line, random) : line;
}

function mutilate(line: string, random: Random): string {
  const at = random.below(line.length + 1);
  const character = String.fromCharCode(
    random.pick([0, 9, 10, 13, 27, 32, 34, 91, 92, 93, 127, 128, 195, 255, random.below(256)]),
  );
  switch (random.below(7)) {
    case 0:
      return line.slice(0, at);
    case 1:
      return line.slice(at);
    case 2:
      return line.slice(0, at) + character + line.slice(at);
    case 3:
      return line.slice(0, at) + character + line.slice(at + 1);
    case 4:
      return line.slice(0, at) + line.slice(at + 1 + random.below(5));
    case 5:
      return line.slice(0, at) + hostileLine(random);
    default:
      return line + 'y'.repeat(random.below(300));
  }
}

/** Unusual lines between the others: blank, comments, endless. */
function oddLine(random: Random): string {
  switch (random.below(6)) {
    case 0:
      return '';
    case 1:
      return '#Fields: date time';
    case 2:
      return '2026/01/01 10:00:00 [error] 1#1: open() failed';
    case 3:
      return '\0'.repeat(random.below(200));
    case 4: {
      const long = 'countme='.padStart(random.pick([8, 100, 65_528, 65_536, 65_537, 65_540]), 'x');
      return long.padEnd(random.pick([65_535, 65_536, 65_537, 65_538, 140_000]), 'z');
    }
    default:
      return `10.0.0.1 - - [15/Dec/2021:17:02:12 +0000] "GET /mirrorlist/8/baseos?countme=1&p=${'q'.repeat(random.pick([200, 2000, 65_000, 65_300, 65_400]))} HTTP/1.1" 200 1 "-" "libdnf"`;
  }
}

/** A log of about `lines` lines, one byte per character. */
export function hostileLog(random: Random, lines: number): Buffer {
  const text: string[] = random.chance(0.1) ? ['\xef\xbb\xbf'] : [];
  const lineEnd = random.pick(['\n', '\n', '\r\n']);
  for (let line = 0; line < lines; line++) {
    text.push(random.chance(0.01) ? oddLine(random) : hostileLine(random));
    text.push(random.chance(0.02) ? random.pick(['\n', '\r\n', '\r', '\n\n']) : lineEnd);
  }
  if (random.chance(0.5)) text.pop();
  return Buffer.from(text.join(''), 'latin1');
}
