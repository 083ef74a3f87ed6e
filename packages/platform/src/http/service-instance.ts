import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type SchemaSource } from './schema-source.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Checks by name whether each thing that the service needs is available. */
export type ReadinessChecks = Record<string, () => boolean | Promise<boolean>>;

/** One running service, in its own process or in standalone. */
export interface ServiceInstance {
  readonly name: string;
  readonly handleRequest?: RequestHandler;
  readonly readiness?: ReadinessChecks;
  /** Schema of the database; the service is ready only while nothing of it is missing. */
  readonly schema?: SchemaSource;
  /** Called when shutdown begins, while requests are still answered; ends endless streams. */
  endStreams?(): void;
  /** Called once, when the process listens. */
  readonly onListening?: (port: number) => void;
  /** Stops taking work and waits for work in progress. */
  drain(): Promise<void>;
}
