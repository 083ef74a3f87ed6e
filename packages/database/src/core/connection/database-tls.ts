import { isIP } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { type TlsFiles } from '@calseta/common';

export type Connecting = { connectionString: string; ssl?: ConnectionOptions | false };

/** What `sslmode` of the URL asks for. */
const MODES = ['disable', 'no-verify', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/**
 * How to connect: `sslmode=disable` without TLS, `no-verify` without checking the certificate, `verify-ca` without
 * checking the name in it; `prefer` and `require` check both, as `verify-full` does. Files without a mode mean
 * `verify-full`. A URL that names files itself (`sslrootcert`) is left to the driver.
 */
export function connectionOf(url: string, files: TlsFiles | undefined): Connecting {
  if (!URL.canParse(url)) return { connectionString: url };
  const parsed = new URL(url);
  const given = parsed.searchParams.get('sslmode');
  if (!files && (given === null || parsed.searchParams.has('sslrootcert'))) {
    return { connectionString: url };
  }
  const mode = MODES.find((one) => one === (given ?? 'verify-full'));
  if (!mode) throw new Error(`sslmode of DATABASE_URL must be one of ${MODES.join(', ')}.`);
  parsed.searchParams.delete('sslmode');
  return { connectionString: parsed.href, ssl: tlsOptions(mode, parsed.hostname, files) };
}

function tlsOptions(
  mode: Mode,
  host: string,
  files: TlsFiles | undefined,
): ConnectionOptions | false {
  if (mode === 'disable') return false;
  return {
    ...files,
    // The driver gives an open socket, which does not tell what it was connected to.
    host,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: mode !== 'no-verify',
    ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}
