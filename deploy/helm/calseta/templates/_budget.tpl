{{/* Most replicas of a service, those of a rollout included. Takes {root, service}. */}}
{{- define "calseta.maxReplicas" -}}
{{- $service := index .root.Values.services .service -}}
{{- $isListener := has .service (include "calseta.listeners" .root | fromJsonArray) -}}
{{- $scaling := ternary .root.Values.autoscaling.http.enabled .root.Values.autoscaling.workers.enabled $isListener -}}
{{- add (ternary $service.autoscaling.maxReplicas $service.replicas $scaling) $service.surge -}}
{{- end -}}

{{/* Connections that all replicas and the migration may hold at once. */}}
{{- define "calseta.connections" -}}
{{- $sum := 2 -}}
{{- range $name := include "calseta.services" . | fromJsonArray -}}
{{- $replicas := include "calseta.maxReplicas" (dict "root" $ "service" $name) | int -}}
{{- $sum = add $sum (mul $replicas (index $.Values.services $name).poolSize) -}}
{{- end -}}
{{- $sum -}}
{{- end -}}

{{- define "calseta.checkBudget" -}}
{{- $sum := include "calseta.connections" . | int -}}
{{- $free := sub .Values.database.maxConnections .Values.database.reservedConnections | int -}}
{{- if gt $sum $free -}}
{{- fail (printf "The services may hold %d connections to Postgres (replicas and surge x poolSize, and 2 for the migration), but database.maxConnections less database.reservedConnections is %d. Raise max_connections of the server and database.maxConnections, or lower replicas, autoscaling.maxReplicas or poolSize." $sum $free) -}}
{{- end -}}
{{- end -}}

{{- define "calseta.checkValues" -}}
{{- if not (or .Values.database.url .Values.database.existingSecret) }}{{ fail "Set database.url or database.existingSecret." }}{{ end -}}
{{- if not (or .Values.broker.url .Values.broker.existingSecret) }}{{ fail "Set broker.url or broker.existingSecret." }}{{ end -}}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}{{ fail "Enable ingress or gateway, not both." }}{{ end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}{{ fail "gateway.parentRefs names no Gateway." }}{{ end -}}
{{- if ge (int .Values.shutdown.unreadySeconds) (int .Values.shutdown.deadlineSeconds) }}{{ fail "shutdown.unreadySeconds must be less than shutdown.deadlineSeconds." }}{{ end -}}
{{- with .Values.threatLists }}{{- if and .existingClaim (or .allowConfigMap .denyConfigMap) }}{{ fail "threatLists takes ConfigMaps or a claim, not both." }}{{ end }}{{- end -}}
{{- if and .Values.autoscaling.workers.enabled (eq .Values.autoscaling.workers.source "prometheus") -}}
{{- if not .Values.autoscaling.workers.prometheusUrl }}{{ fail "autoscaling.workers.prometheusUrl is not set." }}{{ end -}}
{{- range $name := include "calseta.workers" . | fromJsonArray -}}
{{- if eq 0 (int (index $.Values.services $name).autoscaling.minReplicas) }}{{ fail (printf "services.%s.autoscaling.minReplicas is 0: nobody reports its metrics then. Use the source postgres." $name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- include "calseta.checkBudget" . -}}
{{- end -}}
