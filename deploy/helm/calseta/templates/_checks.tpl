{{/* What values may not say together; each refusal names them. */}}
{{- define "calseta.checkValues" -}}
{{- if not (or .Values.database.url .Values.database.existingSecret) }}{{ fail "Set database.url or database.existingSecret." }}{{ end -}}
{{- if not (or .Values.broker.url .Values.broker.existingSecret) }}{{ fail "Set broker.url or broker.existingSecret." }}{{ end -}}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}{{ fail "Enable ingress or gateway, not both." }}{{ end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}{{ fail "gateway.parentRefs names no Gateway." }}{{ end -}}
{{- if ge (int .Values.shutdown.unreadySeconds) (int .Values.shutdown.deadlineSeconds) }}{{ fail "shutdown.unreadySeconds must be less than shutdown.deadlineSeconds." }}{{ end -}}
{{- with .Values.threatLists }}{{- if and .existingClaim (or .allowConfigMap .denyConfigMap) }}{{ fail "threatLists takes ConfigMaps or a claim, not both." }}{{ end }}{{- end -}}
{{- include "calseta.checkMigration" . -}}
{{- include "calseta.checkPorts" . -}}
{{- include "calseta.checkAutoscaling" . -}}
{{- include "calseta.checkBudget" . -}}
{{- end -}}

{{- define "calseta.checkMigration" -}}
{{- $database := .Values.database -}}
{{- if gt (len (compact (list .Values.migrate.existingSecret $database.migrationUrl $database.existingSecretMigrationKey))) 1 -}}
{{- fail "Set one of migrate.existingSecret, database.migrationUrl and database.existingSecretMigrationKey." -}}
{{- end -}}
{{- if and $database.existingSecretMigrationKey (not $database.existingSecret) -}}
{{- fail "database.existingSecretMigrationKey is a key of database.existingSecret, which is not set." -}}
{{- end -}}
{{- with include "calseta.migrationSource" . | fromJson -}}
{{- if contains "pgbouncer=true" (.url | default "") -}}
{{- fail "The migration cannot run through PgBouncer: set database.migrationUrl to the URL of Postgres itself." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "calseta.checkPorts" -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $urls := dict "database.url" .Values.database.url "database.migrationUrl" .Values.database.migrationUrl "broker.url" .Values.broker.url -}}
{{- range $value, $url := $urls -}}
{{- $policy := splitList "." $value | first -}}
{{- $allowed := index $.Values.networkPolicy $policy "ports" -}}
{{- range $port := include "calseta.portsOf" $url | fromJsonArray -}}
{{- if not (has $port (toStrings $allowed)) -}}
{{- fail (printf "%s has the port %s, which networkPolicy.%s.ports does not let through." $value $port $policy) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "calseta.checkAutoscaling" -}}
{{- range $name, $service := .Values.services -}}
{{- if gt (int $service.autoscaling.minReplicas) (int $service.autoscaling.maxReplicas) -}}
{{- fail (printf "services.%s.autoscaling.minReplicas is more than its maxReplicas." $name) -}}
{{- end -}}
{{- end -}}
{{- with .Values.autoscaling.workers -}}
{{- if and .enabled (eq .source "prometheus") -}}
{{- if not .prometheusUrl }}{{ fail "autoscaling.workers.prometheusUrl is not set." }}{{ end -}}
{{- range $name := include "calseta.workers" $ | fromJsonArray -}}
{{- if eq 0 (int (index $.Values.services $name).autoscaling.minReplicas) }}{{ fail (printf "services.%s.autoscaling.minReplicas is 0: nobody reports its metrics then. Use the source postgres." $name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if and .enabled (eq .source "postgres") (not .existingSecret) (contains "pgbouncer=true" $.Values.database.url) -}}
{{- fail "KEDA does not know pgbouncer=true of database.url: set autoscaling.workers.existingSecret to a Secret with a URL without it." -}}
{{- end -}}
{{- end -}}
{{- end -}}
