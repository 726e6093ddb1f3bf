/** What error codes of DNS, sockets and TLS mean to the admin of a mirror. Messages of errors are not shown: they hold
 * addresses. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused: is the web server running, and does a firewall let the port through?',
  ECONNRESET: 'the connection is closed before the answer is complete',
  EPIPE: 'the connection is closed before the answer is complete',
  ECONNABORTED: 'the connection is closed before the answer is complete',
  ETIMEDOUT: 'nothing answers: does a firewall drop the packets?',
  EHOSTUNREACH: 'there is no route to the host',
  CERT_HAS_EXPIRED: 'the TLS certificate has expired: renew it',
  CERT_NOT_YET_VALID: 'the TLS certificate is not valid yet: is the clock right?',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed: dnf refuses it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate is signed by an authority that nobody knows',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the TLS certificate comes without its intermediate certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'the TLS certificate comes without its intermediate certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the TLS certificate is signed by an authority that is not known, or comes alone',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another host name',
  CERT_REVOKED: 'the TLS certificate is revoked',
  EPROTO: 'the TLS handshake fails: is that port one for https?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the TLS handshake fails: is that port one for https?',
  HPE_HEADER_OVERFLOW: 'the header of the answer is too long',
};

/** In words, with the code in brackets for whoever wants to search for it. */
export function failureText(code: string | undefined): string {
  if (code === undefined) return 'the request fails for a reason that has no name';
  const words = WORDS[code];
  if (words !== undefined) return `${words} (${code})`;
  if (code.startsWith('HPE_')) return `what is answered is not HTTP (${code})`;
  return /TLS|SSL|CERT/.test(code) ? `TLS fails (${code})` : `the request fails (${code})`;
}

/** Where the checker itself has no such network, no mirror can be blamed. */
export function isOwnFault(code: string | undefined): boolean {
  return code === 'ENETUNREACH' || code === 'EADDRNOTAVAIL' || code === 'ENETDOWN' || code === 'EMFILE';
}

/** A resolver that cannot be asked at all is ours. */
export function isOwnResolver(code: string | undefined): boolean {
  return code === 'ECONNREFUSED' || code === 'ECANCELLED' || code === 'EDESTRUCTION' || isOwnFault(code);
}
