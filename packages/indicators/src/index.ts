export * from './canonicalize/canonicalize.js';
export * from './canonicalize/classify-own.js';
export * from './extract/extract-indicators.js';
export * from './extract/extraction.js';
export * from './extract/mappings.js';
export * from './fields/table.js';
export * from './values/listed-values.js';
export * from './values/pointer.js';
