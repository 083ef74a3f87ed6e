import { Agent } from 'node:http';
import { type Socket } from 'node:net';

/** An agent for one request over an open connection: it sends `Connection: close` and keeps nothing. */
export function agentOver(socket: Socket): Agent {
  const agent = new Agent();
  agent.createConnection = () => socket;
  return agent;
}
