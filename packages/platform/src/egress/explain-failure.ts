/** Well-known error codes for undici's own. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
};

const UNKNOWN_AUTHORITY =
  'its certificate is from an authority that is not trusted here; give the certificate of that authority as `tls.ca` of the agent, or in CALSETA_EGRESS_CA_FILE';
const CLIENT_CERTIFICATE =
  'it asks for a client certificate that it trusts; give one as `tls.client_certificate` and `tls.client_key` of the agent';
const NO_TLS =
  'the port does not speak TLS; if it speaks plain HTTP, the URL has to begin with http://';

/** What a code means, and the way out. Other codes speak for themselves. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: 'its certificate has expired, and it has to renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet, or the clock here is wrong',
  CERT_REVOKED: 'its certificate was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name than that of the URL',
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: CLIENT_CERTIFICATE,
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_CERTIFICATE,
};

/** A server that wants something else of a connection often just closes it. */
const CLOSED: Readonly<Record<string, string>> = {
  'http:': 'if the port speaks TLS, the URL has to begin with https://',
  'https:':
    'if it asks for a client certificate, give one as `tls.client_certificate` and `tls.client_key` of the agent',
};

/**
 * Describes a failed connection, with the code of the cause; never contains the URL, a header or a body. With the scheme
 * of the URL where nothing was answered.
 */
export function explainFailure({ code, message }: NodeJS.ErrnoException, scheme?: string): string {
  if (code === undefined) return message;
  const known = KNOWN_AS[code] ?? code;
  if (known.startsWith('HPE_')) {
    return `${known}: what it answered is not HTTP; if the port speaks TLS, the URL has to begin with https://`;
  }
  if (known === 'ECONNRESET' && scheme !== undefined) {
    return `${known}: it closed the connection without an answer; ${CLOSED[scheme]}`;
  }
  const words = EXPLANATIONS[known];
  return words === undefined ? known : `${known}: ${words}`;
}
