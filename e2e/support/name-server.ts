import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type NameServer = {
  port: number;
  /** IPv4 addresses by name; a name that is not there does not exist. */
  addresses: Map<string, string[]>;
  close: () => void;
};

const HEADER_BYTES = 12;
/** Behind the name of a question: its type and its class. */
const QUESTION_TAIL_BYTES = 4;
const TYPE_A = 1;
/** A response, recursion available; and that there is no such name (RFC 1035, 4.1.1). */
const ANSWERED = 0x8180;
const NO_SUCH_NAME = 0x8183;
/** Longer than any test: whoever asks again does not go by it. */
const TTL_SECONDS = 600;

/** A DNS server on loopback whose answers a test may change. */
export async function startNameServer(): Promise<NameServer> {
  const addresses = new Map<string, string[]>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    socket.send(answer(query, addresses), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  return { port, addresses, close: () => void socket.close() };
}

function answer(query: Buffer, addresses: Map<string, string[]>): Buffer {
  const labels: string[] = [];
  let offset = HEADER_BYTES;
  for (let length = query[offset]; length; length = query[offset]) {
    labels.push(query.toString('latin1', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
  const question = query.subarray(HEADER_BYTES, offset + 1 + QUESTION_TAIL_BYTES);
  const known = addresses.get(labels.join('.'));
  const found = query.readUInt16BE(offset + 1) === TYPE_A ? (known ?? []) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(known ? ANSWERED : NO_SUCH_NAME, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(found.length, 6);
  return Buffer.concat([header, question, ...found.map(record)]);
}

/** An A record of the name in the question. */
function record(address: string): Buffer {
  const bytes = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
  bytes.writeUInt32BE(TTL_SECONDS, 6);
  for (const [index, part] of address.split('.').entries()) bytes[12 + index] = Number(part);
  return bytes;
}
