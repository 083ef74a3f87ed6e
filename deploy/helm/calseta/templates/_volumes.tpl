{{/* What is mounted into a service: [{name, path, volume}] as JSON. Takes {root, service}. */}}
{{- define "calseta.mounts" -}}
{{- $values := .root.Values -}}
{{- $mounts := list -}}
{{- if and $values.egress.caSecret (has .service (list "enricher" "dispatcher" "alerts-api")) -}}
{{- $mounts = append $mounts (dict "name" "egress-ca" "path" "/etc/calseta/egress"
  "volume" (dict "secret" (dict "secretName" $values.egress.caSecret "items" (list (dict "key" "ca.crt" "path" "ca.crt"))))) -}}
{{- end -}}
{{- if eq .service "enricher" -}}
{{- with $values.threatLists -}}
{{- if .existingClaim -}}
{{- $mounts = append $mounts (dict "name" "lists" "path" "/lists" "volume" (dict "persistentVolumeClaim" (dict "claimName" .existingClaim "readOnly" true))) -}}
{{- end -}}
{{- if .allowConfigMap -}}
{{- $mounts = append $mounts (dict "name" "lists-allow" "path" "/lists/allow" "volume" (dict "configMap" (dict "name" .allowConfigMap))) -}}
{{- end -}}
{{- if .denyConfigMap -}}
{{- $mounts = append $mounts (dict "name" "lists-deny" "path" "/lists/deny" "volume" (dict "configMap" (dict "name" .denyConfigMap))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $mounts | toJson -}}
{{- end -}}

{{- define "calseta.volumeMounts" -}}
{{- with include "calseta.mounts" . | fromJsonArray -}}
volumeMounts:
  {{- range . }}
  - { name: {{ .name }}, mountPath: {{ .path }}, readOnly: true }
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "calseta.volumes" -}}
{{- with include "calseta.mounts" . | fromJsonArray -}}
volumes:
  {{- range . }}
  - name: {{ .name }}
    {{- toYaml .volume | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}
