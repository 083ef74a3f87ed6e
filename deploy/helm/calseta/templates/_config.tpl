{{- define "calseta.publicUrl" -}}
{{- if .Values.publicUrl -}}{{ .Values.publicUrl }}
{{- else if .Values.ingress.enabled -}}{{ ternary "https" "http" (ne .Values.ingress.tlsSecret "") }}://{{ .Values.ingress.host }}
{{- else if .Values.gateway.enabled -}}https://{{ .Values.gateway.host }}
{{- else -}}http://{{ include "calseta.name" . }}-alerts-api.{{ .Release.Namespace }}
{{- end -}}
{{- end -}}

{{- define "calseta.proxyHops" -}}
{{- if kindIs "invalid" .Values.trustedProxyHops -}}
{{- ternary 1 0 (or .Values.ingress.enabled .Values.gateway.enabled) -}}
{{- else -}}{{ int .Values.trustedProxyHops }}{{- end -}}
{{- end -}}

{{- define "calseta.hasThreatLists" -}}
{{- with .Values.threatLists }}{{- if or .allowConfigMap .denyConfigMap .existingClaim }}true{{ end }}{{- end -}}
{{- end -}}

{{/* Variables of a service that are no secrets, as JSON. Takes {root, service}. */}}
{{- define "calseta.config" -}}
{{- $values := .root.Values -}}
{{- $own := index $values.services .service -}}
{{- $computed := dict
  "NODE_ENV" "production"
  "HTTP_TRUSTED_PROXY_HOPS" (include "calseta.proxyHops" .root)
  "CALSETA_PUBLIC_URL" (include "calseta.publicUrl" .root)
  "DATABASE_POOL_SIZE" (toString $own.poolSize)
  "SHUTDOWN_UNREADY_MS" (mul 1000 $values.shutdown.unreadySeconds | toString)
  "SHUTDOWN_DEADLINE_MS" (mul 1000 $values.shutdown.deadlineSeconds | toString) -}}
{{- $computed = mergeOverwrite $computed (include "calseta.tlsVariables" (dict "root" .root "servers" (list "database" "broker")) | fromJson) -}}
{{- if and (eq .service "enricher") (include "calseta.hasThreatLists" .root) -}}
{{- $_ := set $computed "THREAT_LISTS_DIR" "/lists" -}}
{{- end -}}
{{- if and (has .service (list "enricher" "dispatcher" "alerts-api")) $values.egress.caSecret -}}
{{- $_ := set $computed "CALSETA_EGRESS_CA_FILE" "/etc/calseta/egress/ca.crt" -}}
{{- end -}}
{{- $given := dict -}}
{{- range $name, $value := mergeOverwrite (dict) $values.config $own.config -}}
{{- $_ := set $given $name (toString $value) -}}
{{- end -}}
{{- mergeOverwrite $given $computed | toJson -}}
{{- end -}}

{{/* Secrets by variable, {secret, key}, that a service reads, as JSON. Takes {root, service}. */}}
{{- define "calseta.secrets" -}}
{{- $values := .root.Values -}}
{{- $own := include "calseta.name" .root -}}
{{- $secrets := dict
  "DATABASE_URL" (dict "name" ($values.database.existingSecret | default (printf "%s-database" $own)) "key" $values.database.existingSecretKey)
  "AMQP_URL" (dict "name" ($values.broker.existingSecret | default (printf "%s-broker" $own)) "key" $values.broker.existingSecretKey) -}}
{{- if ne .service "extractor" -}}
{{- $_ := set $secrets "CALSETA_ENCRYPTION_KEY" (dict "name" ($values.encryption.existingSecret | default (printf "%s-encryption" $own)) "key" $values.encryption.existingSecretKey) -}}
{{- end -}}
{{- if and (eq .service "alerts-api") (or $values.bootstrapKey.key $values.bootstrapKey.existingSecret) -}}
{{- $_ := set $secrets "CALSETA_BOOTSTRAP_API_KEY" (dict "name" ($values.bootstrapKey.existingSecret | default (printf "%s-bootstrap-key" $own)) "key" $values.bootstrapKey.existingSecretKey "optional" true) -}}
{{- end -}}
{{- if and (eq .service "alerts-api") (or $values.slack.signingSecret $values.slack.existingSecret) -}}
{{- $_ := set $secrets "CALSETA_SLACK_SIGNING_SECRET" (dict "name" ($values.slack.existingSecret | default (printf "%s-slack" $own)) "key" $values.slack.existingSecretKey) -}}
{{- end -}}
{{- if and $values.egress.proxySecret (has .service (list "enricher" "dispatcher" "alerts-api")) -}}
{{- $_ := set $secrets "CALSETA_EGRESS_PROXY" (dict "name" $values.egress.proxySecret "key" "CALSETA_EGRESS_PROXY") -}}
{{- end -}}
{{- with $values.tracing.headersSecret -}}
{{- $_ := set $secrets "OTEL_EXPORTER_OTLP_HEADERS" (dict "name" . "key" "OTEL_EXPORTER_OTLP_HEADERS") -}}
{{- end -}}
{{- $secrets | toJson -}}
{{- end -}}

{{/* Changes with everything that a service reads at start and the chart knows. Takes {root, service}. */}}
{{- define "calseta.checksum" -}}
{{- $values := .root.Values -}}
{{- $given := list $values.database.url $values.broker.url -}}
{{- if ne .service "extractor" }}{{ $given = append $given $values.encryption.key }}{{ end -}}
{{- if eq .service "alerts-api" }}{{ $given = append (append $given $values.bootstrapKey.key) $values.slack.signingSecret }}{{ end -}}
{{- if eq .service "enricher" }}{{ $given = append $given (toJson $values.providers.credentials) }}{{ end -}}
{{- printf "%s%s%s" (include "calseta.config" .) (include "calseta.secrets" .) (toJson $given) | sha256sum -}}
{{- end -}}
