import {
  formatTimestamp,
  type CreateWorkflow,
  type UpdateWorkflow,
  type WorkflowResource,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { defined } from '../core/defined.js';
import { type Workflow } from '../generated/client.js';
import { createResourceStore, type ResourceStore } from './resource-store.js';

export type WorkflowStore = ResourceStore<CreateWorkflow, UpdateWorkflow, WorkflowResource>;

/** Workflows that pushes offer to agents. */
export const createWorkflowStore = ({ prisma }: Database): WorkflowStore =>
  createResourceStore({
    noun: 'workflow',
    toResource: toWorkflow,
    insert: (input: CreateWorkflow) =>
      prisma.workflow.create({ data: { ...toColumns(input), name: input.name } }),
    find: (id) => prisma.workflow.findUnique({ where: { id } }),
    findPage: (page) => prisma.workflow.findMany(page),
    count: () => prisma.workflow.count(),
    change: (id, changes: UpdateWorkflow) =>
      prisma.workflow.update({ where: { id }, data: toColumns(changes) }),
    delete: (id) => prisma.workflow.delete({ where: { id } }),
  });

const toColumns = (input: UpdateWorkflow) =>
  defined({
    name: input.name,
    documentation: input.documentation,
    approvalMode: input.approval_mode,
    riskLevel: input.risk_level,
    indicatorTypes: input.indicator_types,
    isActive: input.is_active,
  });

const toWorkflow = (row: Workflow): WorkflowResource => ({
  uuid: row.id,
  name: row.name,
  documentation: row.documentation,
  approval_mode: row.approvalMode,
  risk_level: row.riskLevel,
  indicator_types: row.indicatorTypes,
  is_active: row.isActive,
  created_at: formatTimestamp(row.createdAt),
  updated_at: formatTimestamp(row.updatedAt),
});
