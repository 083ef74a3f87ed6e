{{/*
What waits for each worker, asked of Postgres: alerts at its input stage, and for the dispatcher the due deliveries of
agents that are pushed to. The conditions are those of partial indexes; counts end where more would change nothing.
*/}}
{{- define "calseta.backlogQueries" -}}
extractor:
  oldest: {{ include "calseta.oldestAt" "ingested" | quote }}
  backlog: {{ include "calseta.countAt" "ingested" | quote }}
enricher:
  oldest: {{ include "calseta.oldestAt" "extracted" | quote }}
  backlog: {{ include "calseta.countAt" "extracted" | quote }}
dispatcher:
  oldest: {{ include "calseta.oldestAt" "enriched" | quote }}
  backlog: >-
    SELECT (SELECT count(*) FROM (SELECT 1 FROM alerts WHERE stage = 'enriched' AND stage IN ('ingested', 'extracted', 'enriched') LIMIT 100000) AS waiting)
    + (SELECT count(*) FROM (SELECT 1 FROM deliveries JOIN agents ON agents.id = deliveries.agent_id
    WHERE status = 'pending' AND next_attempt_at <= now() AND agents.is_active AND agents.webhook_url IS NOT NULL LIMIT 100000) AS due)
{{- end -}}

{{- define "calseta.oldestAt" -}}
SELECT coalesce(extract(epoch FROM now() - min(stage_changed_at)), 0)::float8 FROM (SELECT stage_changed_at FROM alerts WHERE stage = '{{ . }}' AND stage IN ('ingested', 'extracted', 'enriched') ORDER BY next_sweep_at LIMIT 1000) AS waiting
{{- end -}}

{{- define "calseta.countAt" -}}
SELECT count(*) FROM (SELECT 1 FROM alerts WHERE stage = '{{ . }}' AND stage IN ('ingested', 'extracted', 'enriched') LIMIT 100000) AS waiting
{{- end -}}
