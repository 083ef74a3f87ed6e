export * from './database-config.js';
export * from './errors.js';
export type * from './database.js';
export * from './migrate.js';
export * from './open-database.js';
