import { parseTraceparent, VERSION } from '@calseta/common';
import { type SpanContext } from '@opentelemetry/api';

/** One finished piece of work. Its ids are those that logs and messages carry already. */
export type Span = {
  name: string;
  kind: 'server' | 'consumer' | 'client';
  /** Of this piece of work. */
  traceparent: string;
  /** Of what caused it; undefined at the root of a trace. */
  parent?: string | undefined;
  startedAt: number;
  durationMs: number;
  attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  isFailed?: boolean;
};

export type RecordSpan = (span: Span) => void;

export type Tracing = AsyncDisposable & { record: RecordSpan };

/** The last bit of a traceparent's flags: whether somebody wants the trace. */
const SAMPLED = 1;

/**
 * Sends spans to an OpenTelemetry collector over OTLP/HTTP (JSON), in batches; what the collector does not take is
 * dropped. The packages are loaded here, so that nothing is loaded or recorded without an endpoint. They read further
 * settings, such as OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER, from the environment themselves.
 */
export async function startTracing(options: {
  /** Base URL of the collector; spans go to /v1/traces below it. */
  endpoint: string;
  service: string;
}): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const ids = { traceId: '', spanId: '' };
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.namespace': 'calseta',
      'service.version': VERSION,
    }),
    // Ids are made when work begins, before its span is recorded.
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    spanProcessors: [
      new sdk.BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/$/, '')}/v1/traces` }),
      ),
    ],
  });
  const tracer = provider.getTracer('calseta', VERSION);
  const kinds = {
    server: api.SpanKind.SERVER,
    consumer: api.SpanKind.CONSUMER,
    client: api.SpanKind.CLIENT,
  };

  return {
    record({ name, kind, traceparent, parent, startedAt, durationMs, attributes, isFailed }) {
      const own = contextOf(traceparent);
      if (own === undefined || (own.traceFlags & SAMPLED) === 0) return;
      Object.assign(ids, own);
      const cause = contextOf(parent);
      const isChild = cause?.traceId === own.traceId;
      const context = isChild
        ? api.trace.setSpanContext(api.ROOT_CONTEXT, { ...cause, isRemote: true })
        : api.ROOT_CONTEXT;
      const span = tracer.startSpan(
        name,
        { kind: kinds[kind], startTime: startedAt, attributes },
        context,
      );
      if (isFailed) span.setStatus({ code: api.SpanStatusCode.ERROR });
      span.end(startedAt + durationMs);
    },
    async [Symbol.asyncDispose]() {
      await provider.shutdown().catch(() => undefined);
    },
  };
}

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const parsed = parseTraceparent(traceparent);
  if (!parsed) return undefined;
  const { traceId, parentId: spanId, flags } = parsed;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}
