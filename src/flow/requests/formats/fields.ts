import { asLogged } from '../as-logged.ts';
import { BAD_REQUEST, type Cut, type CutLine, clientOf, cutRequest, type Fit, MISFIT } from '../log-format.ts';

/** What a format found in a line. A request is a whole, or method and target, or method, path and query. */
export interface Found {
  host?: string | undefined;
  time?: string | undefined;
  request?: string | undefined;
  method?: string | undefined;
  target?: string | undefined;
  path?: string | undefined;
  query?: string | undefined;
  status?: string | undefined;
  agent?: string | undefined;
}

/** The fields of a line by what was found in it. Without an address or a User-Agent it is still a record. */
export function fieldsOf(found: Found): CutLine {
  const { host = '-', time, status, agent = '' } = found;
  if (time === undefined || status === undefined) return MISFIT;
  const request = requestOf(found);
  if (request === undefined) return found.request === undefined && found.method === undefined ? MISFIT : BAD_REQUEST;
  const { method, target } = request;
  return { kind: 'fields', fields: { host, time, method, target, status, agent } };
}

function requestOf({ request, method, target, path, query }: Found): { method: string; target: string } | undefined {
  if (request !== undefined) return cutRequest(request);
  const asked = target ?? joined(path, query);
  if (method === undefined || asked === undefined) return undefined;
  const isSound = method !== '' && asked !== '' && !method.includes(' ') && !asked.includes(' ');
  return isSound ? { method, target: asked } : undefined;
}

function joined(path: string | undefined, query: string | undefined): string | undefined {
  if (path === undefined || path.includes('?') || query === undefined || query === '' || query === '-') return path;
  return query.startsWith('?') ? path + query : `${path}?${query}`;
}

/** What was found as bytes, as nginx writes them into a line, so that all rules say the same of it (W1). */
export function asWritten(found: Found): Found {
  const { host, time, request, method, target, path, query, status, agent } = found;
  return {
    host: host === undefined ? undefined : clientOf(host),
    time: time?.startsWith('[') ? time.slice(1, -1) : time,
    request: logged(request),
    method: logged(method),
    target: logged(target),
    path: logged(path),
    query: logged(query),
    status,
    agent: logged(agent),
  };
}

function logged(text: string | undefined): string | undefined {
  return text === undefined ? undefined : asLogged(text);
}

export function fitByCut(cut: Cut, time: string | undefined): Fit | undefined {
  const isRecord = cut.kind === 'fields' || (cut.kind === 'rejected' && !cut.isMisfit);
  return isRecord ? { time, hasOddUser: false } : undefined;
}
