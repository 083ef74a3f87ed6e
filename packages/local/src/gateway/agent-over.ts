import { Agent } from 'node:http';
import { type Socket } from 'node:net';

/**
 * An agent for one request over an open connection, which the caller closes after the answer. A service that is told
 * to close it would do so at once, also while a body that it refused is still on its way, and its answer would be lost.
 */
export function agentOver(socket: Socket): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => socket;
  return agent;
}
