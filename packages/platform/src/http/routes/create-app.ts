import { AppError } from '@calseta/common';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type Response,
} from 'express';
import { type AppOptions } from './app-options.js';
import { type Route } from './define-route.js';
import { handleRoute } from './handle-route.js';
import { expectRoute } from '../requests/http-metrics.js';
import { observeRequest, type ObservedRequest } from '../requests/observe-request.js';
import { SECURITY_HEADERS } from '../answers/send.js';

type Locals = { observed: ObservedRequest };

/** Creates the express app of the routes, with their errors, ids, log lines and metrics. */
export function createApp(options: AppOptions): Express {
  const { routes, telemetry, limits, service } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');

  app.use((req, res: Response<unknown, Locals>, next) => {
    const observed = observeRequest(req, res, {
      telemetry,
      trustedProxyHops: limits.trustedProxyHops,
      ...(service === undefined ? {} : { service }),
    });
    res.locals.observed = observed;
    observed.run(next);
  });
  for (const { method, path, responses } of routes) {
    const statuses = Object.keys(responses).map(Number);
    expectRoute(telemetry.metrics, { method, path, statuses });
  }
  for (const [path, byMethod] of groupByPath(routes)) {
    app.all(toExpressPath(path), async (req: Request, res: Response<unknown, Locals>) => {
      const { observed } = res.locals;
      observed.setRoute(path);
      const route =
        byMethod.get(req.method) ?? (req.method === 'HEAD' ? byMethod.get('GET') : undefined);
      if (route) await handleRoute(route, req, res, observed, options);
      else answerOtherMethod(req, res, allowedMethods(byMethod));
    });
  }
  app.use(() => {
    throw new AppError('route.not_found', 'No such path.');
  });
  app.use(answerError);
  return app;
}

const answerError: ErrorRequestHandler = (
  error: unknown,
  _req,
  res,
  _next, // eslint-disable-line @typescript-eslint/no-unused-vars -- express tells error handlers by their four parameters
) => {
  const { observed } = res.locals as Locals;
  const isBadPath = error instanceof Error && error.name === 'URIError';
  observed.fail(
    isBadPath
      ? new AppError('request.malformed', 'The path is not valid percent-encoding.')
      : error,
  );
};

function answerOtherMethod(req: Request, res: Response, allow: string[]): void {
  if (req.method !== 'OPTIONS') {
    throw new AppError('route.method_not_allowed', `${req.method} is not allowed here.`, { allow });
  }
  res.writeHead(204, { ...SECURITY_HEADERS, Allow: allow.join(', ') });
  res.end();
}

type ByMethod = Map<string, Route>;

/** Groups routes by path and method; literal segments come before parameters. */
function groupByPath(routes: readonly Route[]): [string, ByMethod][] {
  const paths = new Map<string, ByMethod>();
  for (const route of routes) {
    const byMethod = paths.get(route.path) ?? new Map<string, Route>();
    if (byMethod.has(route.method))
      throw new Error(`${route.method} ${route.path} is declared twice.`);
    byMethod.set(route.method, route);
    paths.set(route.path, byMethod);
  }
  return [...paths].sort(([a], [b]) => (specificity(a) < specificity(b) ? -1 : 1));
}

const specificity = (path: string): string =>
  path
    .split('/')
    .map((segment) => (segment.startsWith('{') ? '1' : '0'))
    .join('');

const toExpressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

function allowedMethods(byMethod: ByMethod): string[] {
  const methods = [...byMethod.keys()];
  return [...methods, ...(byMethod.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
}
