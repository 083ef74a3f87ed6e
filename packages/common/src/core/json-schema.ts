import { z } from 'zod';

/** Any JSON value. */
export const jsonSchema = z.json();
// Not by `.meta()`: that names a copy, and the schema refers to itself.
z.globalRegistry.add(jsonSchema, { id: 'Json' });
