import { type Examples, type OperationExamples } from '@calseta/platform';

const AT = '2025-01-15T10:30:05.000Z';

/** Times of a resource that was never changed. */
export const MADE = { created_at: AT, updated_at: AT };

export const UUIDS = {
  alert: '01946977-1d00-7000-8000-000000000001',
  finding: '01946977-1d00-7000-8000-000000000002',
  agent: '01946977-1d00-7000-8000-000000000003',
  delivery: '01946977-1d00-7000-8000-000000000004',
  indicator: '01946977-1d00-7000-8000-000000000005',
  rule: '01946977-1d00-7000-8000-000000000006',
  document: '01946977-1d00-7000-8000-000000000007',
  workflow: '01946977-1d00-7000-8000-000000000008',
  mapping: '01946977-1d00-7000-8000-000000000009',
  activity: '01946977-1d00-7000-8000-00000000000a',
  provider: '01946977-1d00-7000-8000-00000000000c',
  subscription: '01946977-1d00-7000-8000-00000000000d',
  mute: '01946977-1d00-7000-8000-00000000000e',
  approver: '01946977-1d00-7000-8000-000000000010',
  approval: '01946977-1d00-7000-8000-000000000011',
  run: '01946977-1d00-7000-8000-000000000012',
  occurrence: '01946977-1d00-7000-8000-00000000000b',
} as const;

const example = (value: unknown): Examples => ({ example: { value } });
const object = (data: unknown) => ({ data, meta: {} });
const page = (data: unknown) => ({ data: [data], meta: { next_cursor: null } });

/** The answer is one object. */
export const answers = (data: unknown, status = 200): OperationExamples => ({
  answers: { [status]: example(object(data)) },
});

/** The answer is a page with one entry. */
export const lists = (data: unknown): OperationExamples => ({
  answers: { 200: example(page(data)) },
});

/** The request has a body, and the answer is one object. */
export const takes = (body: unknown, data: unknown, status = 200): OperationExamples => ({
  request: example(body),
  ...answers(data, status),
});

/** The answer is empty. */
export const NOTHING: OperationExamples = {};

/** The five operations on one kind of resource. */
export const resource = (
  noun: string,
  {
    plural = `${noun}s`,
    create,
    update,
    data,
    changed,
  }: {
    plural?: string;
    create: unknown;
    update: unknown;
    data: object;
    changed: object;
  },
): Record<string, OperationExamples> => ({
  [`create${noun}`]: takes(create, data, 201),
  [`list${plural}`]: lists(data),
  [`get${noun}`]: answers(data),
  [`update${noun}`]: takes(update, { ...data, ...changed }),
  [`delete${noun}`]: NOTHING,
});
