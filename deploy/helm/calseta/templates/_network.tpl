{{- define "calseta.monitoringPeers" -}}
{{- with .Values.networkPolicy.monitoring -}}{{ toYaml . }}{{- else -}}
- namespaceSelector: {}
{{- end -}}
{{- end -}}

{{/* Names, and the servers where they are. Takes {root, servers}. */}}
{{- define "calseta.serverEgress" -}}
- ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- range $server := .servers }}
{{- $policy := index $.root.Values.networkPolicy $server }}
- ports:
    {{- range $policy.ports }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
  to:
    {{- if $policy.to }}
    {{- toYaml $policy.to | nindent 4 }}
    {{- else }}
    - namespaceSelector: {}
    - ipBlock: { cidr: 10.0.0.0/8 }
    - ipBlock: { cidr: 172.16.0.0/12 }
    - ipBlock: { cidr: 192.168.0.0/16 }
    - ipBlock: { cidr: 'fc00::/7' }
    {{- end }}
{{- end }}
{{- end -}}

{{/* Paths that clients may call: not /metrics, nor the probes. */}}
{{- define "calseta.paths" -}}
- { path: /v1/ingest, service: ingest-api }
- { path: /v1, service: alerts-api }
- { path: /docs, service: alerts-api }
- { path: /schemas, service: alerts-api }
- { path: /openapi.json, service: alerts-api }
- { path: /llms.txt, service: alerts-api }
- { path: /mcp, service: alerts-api }
{{- end -}}
