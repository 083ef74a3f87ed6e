-- Urgent alerts are swept by themselves: the index tells which they are, so that the others are not read.
CREATE INDEX "alerts_sweep_lane_idx" ON "alerts" ("stage", "next_sweep_at", "severity")
  WHERE "stage" IN ('ingested', 'extracted', 'enriched');
DROP INDEX "alerts_sweep_idx";
ALTER INDEX "alerts_sweep_lane_idx" RENAME TO "alerts_sweep_idx";
