import { X509Certificate } from 'node:crypto';

/** Throws unless the text holds certificates in PEM, each of which can be read. */
export function assertCertificates(pem: string): void {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('it holds no certificate');
  found.map((certificate) => new X509Certificate(certificate));
}
