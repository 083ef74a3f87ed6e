import type { ServerResponse } from 'node:http';

/** The problems of docs/errors.md that the gateway answers with itself; it has no trace to name. */
const PROBLEMS = {
  hidden: {
    type: '/docs#error-route.not_found',
    title: 'Not Found',
    status: 404,
    detail: 'No such path.',
    code: 'route.not_found',
  },
  unanswered: {
    type: '/docs#error-service.unavailable',
    title: 'Service Unavailable',
    status: 503,
    detail: 'No service has answered.',
    code: 'service.unavailable',
  },
} as const;

/** Answers with a problem of the gateway itself, and ends the connection. */
export function sendGatewayProblem(response: ServerResponse, name: keyof typeof PROBLEMS): void {
  const problem = PROBLEMS[name];
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    ...(problem.status === 503 && { 'retry-after': '1' }),
    connection: 'close',
  });
  response.end(JSON.stringify(problem));
}
