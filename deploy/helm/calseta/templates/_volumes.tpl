{{/* Variables that name the files of TLS to servers, as JSON. Takes {root, servers}. */}}
{{- define "calseta.tlsVariables" -}}
{{- $variables := dict -}}
{{- $prefixes := dict "database" "DATABASE" "broker" "AMQP" -}}
{{- range $server := .servers -}}
{{- $tls := (index $.root.Values $server).tls -}}
{{- $prefix := get $prefixes $server -}}
{{- if $tls.caSecret -}}
{{- $_ := set $variables (printf "%s_CA_FILE" $prefix) (printf "/etc/calseta/%s-ca/ca.crt" $server) -}}
{{- end -}}
{{- if $tls.clientSecret -}}
{{- $_ := set $variables (printf "%s_CERT_FILE" $prefix) (printf "/etc/calseta/%s-client/tls.crt" $server) -}}
{{- $_ := set $variables (printf "%s_KEY_FILE" $prefix) (printf "/etc/calseta/%s-client/tls.key" $server) -}}
{{- end -}}
{{- end -}}
{{- $variables | toJson -}}
{{- end -}}

{{/* What is mounted into a service: [{name, path, volume}] as JSON. Takes {root, service, servers?}. */}}
{{- define "calseta.mounts" -}}
{{- $values := .root.Values -}}
{{- $mounts := list -}}
{{- range $server := .servers | default (list "database" "broker") -}}
{{- $tls := (index $values $server).tls -}}
{{- range $kind, $secret := dict "ca" $tls.caSecret "client" $tls.clientSecret -}}
{{- if $secret -}}
{{- $mounts = append $mounts (dict "name" (printf "%s-%s" $server $kind) "path" (printf "/etc/calseta/%s-%s" $server $kind) "volume" (dict "secret" (dict "secretName" $secret))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
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
