export * from './auth/authenticator.js';
export { type ApiKeyRecord, type LiveKeys } from './auth/key-directory.js';
export { DEFAULT_FAILURE_LIMITS, type FailureLimits } from './auth/failure-limiter.js';
export * from './config/load-config.js';
export * from './config/describe-config.js';
export { readLessThan } from './config/related-limits.js';
export * from './config/secret.js';
export * from './config/shapes.js';
export * from './egress/create-egress.js';
export * from './egress/egress-config.js';
export * from './egress/egress-guard.js';
export * from './egress/guarded-axios.js';
export * from './egress/outbound-http.js';
export * from './egress/resolver/create-name-resolver.js';
export * from './egress/resolver/name-error.js';
export * from './egress/resolver/resolver-limits.js';
export * from './http/routes/app-options.js';
export * from './http/requests/client-address.js';
export * from './http/routes/create-app.js';
export * from './http/routes/define-route.js';
export * from './http/routes/etag.js';
export { expectRoute } from './http/requests/http-metrics.js';
export * from './http/http-server.js';
export * from './http/routes/idempotency.js';
export * from './http/requests/observe-request.js';
export * from './http/routes/parse-json.js';
export * from './http/answers/problem.js';
export * from './http/requests/read-body.js';
export * from './http/answers/reply.js';
export * from './http/requests/request-context.js';
export * from './http/answers/send.js';
export * from './http/server/bounded-server.js';
export * from './http/routes/shared-document.js';
export * from './http/routes/validate.js';
export * from './lifecycle/process-events.js';
export * from './lifecycle/resources.js';
export * from './lifecycle/run-service.js';
export * from './http/service-instance.js';
export * from './lifecycle/start-server.js';
export * from './openapi/declaration.js';
export * from './openapi/document-route.js';
export { accessOf } from './openapi/operation.js';
export * from './openapi/openapi-document.js';
export { codesOf } from './openapi/problem-responses.js';
export * from './secrets/cipher.js';
export * from './secrets/encryption-config.js';
export {
  ENCRYPTION_KEY_BYTES,
  type EncryptionKey,
  encryptionKey,
  parseEncryptionKeys,
} from './secrets/encryption-key.js';
export * from './secrets/signing-secret.js';
export * from './telemetry/log-context.js';
export { logFailures } from './telemetry/log-failures.js';
export { type LogFields, type Logger, type LogLevel } from './telemetry/logger.js';
export * from './telemetry/metrics.js';
export * from './telemetry/redact.js';
export * from './telemetry/telemetry.js';
