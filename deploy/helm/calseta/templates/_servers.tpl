{{/* Where the URL of the migration stands: {secret, key}, or {url, key} when a Secret has to be made. As JSON. */}}
{{- define "calseta.migrationSource" -}}
{{- $database := .Values.database -}}
{{- $source := dict "url" $database.url "key" $database.existingSecretKey -}}
{{- if .Values.migrate.existingSecret -}}
{{- $source = dict "secret" .Values.migrate.existingSecret "key" .Values.migrate.existingSecretKey -}}
{{- else if $database.migrationUrl -}}
{{- $source = dict "url" $database.migrationUrl "key" "DATABASE_URL" -}}
{{- else if $database.existingSecret -}}
{{- $source = dict "secret" $database.existingSecret "key" ($database.existingSecretMigrationKey | default $database.existingSecretKey) -}}
{{- end -}}
{{- $source | toJson -}}
{{- end -}}

{{/* Ports that a URL names, of one host or of several, as JSON. Takes the URL. */}}
{{- define "calseta.portsOf" -}}
{{- $ports := list -}}
{{- $hosts := regexReplaceAll "^[a-z]+://(?:[^/?]*@)?([^/?]*).*$" . "${1}" -}}
{{- range $port := regexFindAll ":[0-9]+(?:,|$)" $hosts -1 -}}
{{- $ports = append $ports ($port | trimPrefix ":" | trimSuffix ",") -}}
{{- end -}}
{{- $ports | toJson -}}
{{- end -}}
