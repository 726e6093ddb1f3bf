import {
  COMBINED,
  COMBINED_EXTRA,
  COMBINED_VARIANT,
  COMBINED_VARIANT_EXTRA,
  VHOST_COMBINED,
} from './formats/combined.ts';
import { declaredJson, JSON_FORMATS } from './formats/json.ts';
import { dialectOf, FormatError, patternFormat, piecesOf } from './formats/pattern.ts';
import { HAPROXY_CLF, PROXY_FORMATS } from './formats/proxies.ts';
import { W3C } from './formats/w3c.ts';
import { WRAPPERS, wrappedFormat } from './formats/wrapped.ts';
import type { LineFormat, LogFormat } from './log-format.ts';

export { COMBINED } from './formats/combined.ts';

/** The formats that are recognised without being declared, in the order in which they are tried (L9). */
export const KNOWN_FORMATS: readonly LineFormat[] = [
  COMBINED,
  VHOST_COMBINED,
  HAPROXY_CLF,
  COMBINED_EXTRA,
  COMBINED_VARIANT,
  COMBINED_VARIANT_EXTRA,
  ...PROXY_FORMATS,
  W3C,
  ...JSON_FORMATS,
];

/** What people call a log that is of one of these formats. */
const OTHER_NAMES: Record<string, string> = {
  combinedio: 'combined_extra',
  ingress_nginx: 'combined_extra',
  nginx_main: 'combined_extra',
  traefik_clf: 'combined_extra',
  lighttpd: 'combined',
  aws_elb: 'aws_alb',
  istio: 'envoy',
  cloudfront: 'w3c',
  iis: 'w3c',
  nginx_json: 'json',
  fastly_json: 'json',
};

/** Reads `--format`: a known name, inside a wrapper or not, an Apache LogFormat or an nginx log_format string (L10). */
export function parseFormat(declared: string): LogFormat {
  const wrapper = WRAPPERS.find(({ name }) => declared.startsWith(`${name}:`));
  if (wrapper !== undefined) return wrappedFormat(wrapper, parseFormat(declared.slice(wrapper.name.length + 1)));
  const known = KNOWN_FORMATS.find(({ name }) => name === (OTHER_NAMES[declared] ?? declared));
  if (known !== undefined) return known;
  const dialect = dialectOf(declared);
  if (dialect === undefined) throw new FormatError(`unknown format "${declared}": ${formatAdvice()}`);
  const text = dialect === 'apache' ? declared.replaceAll('\\"', '"') : withoutQuotes(declared);
  if (text.startsWith('{')) return declaredJson(text, dialect);
  return patternFormat('declared', piecesOf(text, dialect));
}

/** nginx.conf has long formats in pieces, each in quotes. */
function withoutQuotes(declared: string): string {
  const pieces = declared.trim();
  return /^'.*'$/s.test(pieces) ? pieces.slice(1, -1).replace(/'\s+'/g, '') : declared;
}

/** How to declare a format. */
export function formatAdvice(): string {
  const names = [...KNOWN_FORMATS.map(({ name }) => name), ...Object.keys(OTHER_NAMES)];
  return (
    `name one of ${names.join(', ')} (inside a wrapper, as syslog:combined: ` +
    `${WRAPPERS.map(({ name }) => name).join(', ')}), or give the LogFormat (Apache) or log_format (nginx) string of ` +
    'your server'
  );
}
