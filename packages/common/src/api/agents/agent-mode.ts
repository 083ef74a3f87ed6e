import { z } from 'zod';

/** `shadow`: the agent sees what the others see; its findings are kept apart, and it can change nothing. */
export const AGENT_MODES = ['active', 'shadow'] as const;
export const agentModeSchema = z.enum(AGENT_MODES);
export type AgentMode = z.infer<typeof agentModeSchema>;
