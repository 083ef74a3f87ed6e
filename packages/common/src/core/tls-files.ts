import { assertCertificates } from './certificates.js';

/** Paths of PEM files, by what they hold. */
export type TlsPaths = {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
};

/** PEM: the authorities that are trusted instead of the usual ones, and the client certificate with its key. */
export type TlsFiles = { ca?: string; cert?: string; key?: string };

/**
 * Reads the files that `<prefix>_CA_FILE`, `<prefix>_CERT_FILE` and `<prefix>_KEY_FILE` name; undefined where none is
 * named. Throws an error that names the variable, and nothing of the file.
 */
export function readTlsFiles(
  prefix: string,
  paths: TlsPaths,
  read: (path: string) => string,
): TlsFiles | undefined {
  if ((paths.cert === undefined) !== (paths.key === undefined)) {
    throw new Error(`${prefix}_CERT_FILE and ${prefix}_KEY_FILE belong together.`);
  }
  const textOf = (name: string, path: string, check: (text: string) => void): string => {
    try {
      const text = read(path);
      check(text);
      return text;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${prefix}_${name}_FILE cannot be used: ${reason}`, { cause: error });
    }
  };
  const files: TlsFiles = {
    ...(paths.ca !== undefined && { ca: textOf('CA', paths.ca, assertCertificates) }),
    ...(paths.cert !== undefined && {
      cert: textOf('CERT', paths.cert, assertCertificates),
    }),
    ...(paths.key !== undefined && { key: textOf('KEY', paths.key, assertKey) }),
  };
  return Object.keys(files).length === 0 ? undefined : files;
}

function assertKey(pem: string): void {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new Error('it holds no private key');
}
