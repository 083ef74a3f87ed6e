{{- define "calseta.services" -}}
{{- list "ingest-api" "extractor" "enricher" "dispatcher" "alerts-api" | toJson -}}
{{- end -}}

{{- define "calseta.workers" -}}
{{- list "extractor" "enricher" "dispatcher" | toJson -}}
{{- end -}}

{{- define "calseta.listeners" -}}
{{- list "ingest-api" "alerts-api" | toJson -}}
{{- end -}}

{{/* Release and chart; once when the release has the chart's name. */}}
{{- define "calseta.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if eq .Release.Name $name -}}{{ $name }}{{- else -}}{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{/* Takes {root, component}. */}}
{{- define "calseta.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "calseta.labels" -}}
{{ include "calseta.selector" . }}
app.kubernetes.io/part-of: calseta
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Takes {root, service}. */}}
{{- define "calseta.image" -}}
{{- with .root.Values.image -}}
{{- if .registry }}{{ .registry }}/{{ end }}{{ .repository }}/{{ $.service }}:{{ .tag | default $.root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "calseta.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "calseta.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Where pods may run. Takes the root. */}}
{{- define "calseta.scheduling" -}}
{{- $fields := dict -}}
{{- range $field := list "priorityClassName" "nodeSelector" "tolerations" "affinity" -}}
{{- with index $.Values $field }}{{ $_ := set $fields $field . }}{{ end -}}
{{- end -}}
{{- with $fields }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The migration, before the release's own objects exist. */}}
{{- define "calseta.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: '0'
helm.sh/hook-delete-policy: before-hook-creation
{{- end -}}

{{/* What the migration needs. `helm uninstall` leaves what hooks made, so this goes as soon as the migration is done. */}}
{{- define "calseta.hookNeeds" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: '-10'
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
