-- A step was sent, and nobody knows what came of it.
ALTER TYPE "workflow_run_status" ADD VALUE 'uncertain';
