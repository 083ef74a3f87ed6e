import { type IncomingMessage, type ServerResponse } from 'node:http';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** By name, whether a thing that the service cannot work without is there now. */
export type ReadinessChecks = Record<string, () => boolean | Promise<boolean>>;

/** One running service, whoever hosts it: a process of its own, or standalone. */
export interface ServiceInstance {
  readonly name: string;
  readonly handleRequest?: RequestHandler;
  readonly readiness?: ReadinessChecks;
  /** Called when the end begins, while requests are still answered: ends streams that would go on for ever. */
  endStreams?(): void;
  /** Called once, when the process that hosts it listens. */
  readonly onListening?: (port: number) => void;
  /** Stops taking work and waits for what is in flight. */
  drain(): Promise<void>;
}
