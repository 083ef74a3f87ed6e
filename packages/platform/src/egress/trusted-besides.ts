import tls from 'node:tls';

type NewerTls = { getCACertificates?: (type: 'default') => string[] };

/** Node 20 does not tell those that NODE_EXTRA_CA_CERTS adds. */
const usualAuthorities = (): readonly string[] =>
  (tls as NewerTls).getCACertificates?.('default') ?? tls.rootCertificates;

/** TLS options that trust these certificates besides the usual ones; none where there are none. */
export function trustedBesides(...given: (string | undefined)[]): { ca?: string[] } {
  const further = given.filter((text) => text !== undefined);
  return further.length === 0 ? {} : { ca: [...usualAuthorities(), ...further] };
}
