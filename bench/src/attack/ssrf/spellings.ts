/** A URL that must be refused. */
export type ForbiddenUrl = {
  url: string;
  /** Whether it points to loopback, so that a push to it stays on this machine. */
  isLoopback: boolean;
};

const LOOPBACK = '127.0.0.2';
/** Private, shared, link-local, metadata of clouds, tests, multicast, broadcast. */
const ELSEWHERE = [
  '10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', '100.64.0.1', '100.100.100.200', '169.254.169.254',
  '169.254.170.2', '168.63.129.16', '192.0.0.192', '192.0.2.1', '198.18.0.1', '203.0.113.1', '224.0.0.1',
  '240.0.0.1', '255.255.255.255',
]; // prettier-ignore
const LOOPBACK_V6 = ['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:0:0]', '0.0.0.0', '0', '0x0'];
const ELSEWHERE_V6 = [
  '[fe80::1]', '[fe80::1%25lo]', '[fc00::1]', '[fd00:ec2::254]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]',
  '[100::1]', '[5f00::1]', '[3fff::1]', '[::2]',
]; // prettier-ignore
const SCHEMES = [
  'file',
  'ftp',
  'gopher',
  'dict',
  'ldap',
  'ws',
  'unix',
  'javascript',
  'data',
  'jar:http',
];
/** Ports of servers that a stray request harms; none is connected to, because each port is refused. */
const PORTS = [0, 1, 22, 25, 53, 110, 143, 389, 3306, 5432, 5672, 6379, 9042, 11211, 27017, 2375];

/** All known ways to write an IPv4 address in a URL. */
export function spell(address: string): string[] {
  const bytes = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = (value: number, digits = 2) => value.toString(16).padStart(digits, '0');
  const tail = `${hex(a)}${hex(b)}:${hex(c)}${hex(d)}`;
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${hex(whole, 8)}`,
    `0X${hex(whole, 8).toUpperCase()}`,
    `0${whole.toString(8)}`,
    bytes.map((byte) => `0x${hex(byte)}`).join('.'),
    bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
    bytes.map((byte) => `000${byte.toString(8)}`).join('.'),
    `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    address.replaceAll('.', '\u3002'),
    address.replaceAll('.', '%2e'),
    address.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    address.replace(/\d/g, (digit) => `%3${digit}`),
    address.replace(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1)),
    `[::ffff:${address}]`,
    `[::ffff:${tail}]`,
    `[0:0:0:0:0:FFFF:${tail}]`,
    `[::${address}]`,
    `[::ffff:0:${address}]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${tail}]`,
    `[2002:${tail}::1]`,
    `[2001:0:${tail}::1]`,
    `[fe80::5efe:${address}]`,
  ];
}

/** Every URL has the port and, where possible, the path. */
export function forbiddenUrls(port: number, path: string): ForbiddenUrl[] {
  const url = (host: string): string => `http://${host}:${port}${path}`;
  const loopback = [...spell(LOOPBACK), ...LOOPBACK_V6].map(url);
  const disguised = [
    `http://127.0.0.1@${LOOPBACK}:${port}${path}`,
    `http://127.0.0.1:${port}@${LOOPBACK}:${port}${path}`,
    `http://user:password@${LOOPBACK}:${port}${path}`,
    `http://user@127.0.0.1:${port}${path}`,
    `http://${LOOPBACK}:${port}\\@127.0.0.1:${port}${path}`,
    `http://127.0.0.1%2f@${LOOPBACK}:${port}${path}`,
    `http:/${LOOPBACK}:${port}${path}`,
    `http:${LOOPBACK}:${port}${path}`,
    `http:\\\\${LOOPBACK}:${port}${path}`,
    `HTTP://${LOOPBACK}:${port}${path}`,
    ` http://${LOOPBACK}:${port}${path}`,
    `http://${LOOPBACK}:${port}${path}#@127.0.0.1`,
    `http://127\t.0.0.2:${port}${path}`,
    `//${LOOPBACK}:${port}${path}`,
    ...SCHEMES.map((scheme) => `${scheme}://${LOOPBACK}:${port}${path}`),
    ...PORTS.map((closed) => `http://127.0.0.1:${closed}${path}`),
  ];
  const elsewhere = [...ELSEWHERE.flatMap(spell), ...ELSEWHERE_V6].map(url);
  return [
    ...[...loopback, ...disguised].map((text) => ({ url: text, isLoopback: true })),
    ...elsewhere.map((text) => ({ url: text, isLoopback: false })),
  ];
}
