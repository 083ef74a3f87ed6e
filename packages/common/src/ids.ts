import { v7 } from 'uuid';
import { z } from 'zod';

/** UUIDv7 (RFC 9562): public, and sortable by the time it was made. */
export const uuidSchema = z.uuid().meta({ description: 'UUID, version 7' });

export const newUuid = (): string => v7();
