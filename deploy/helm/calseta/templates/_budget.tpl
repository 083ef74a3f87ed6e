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
