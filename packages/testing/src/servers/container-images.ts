/** The versions that docker-compose.yml runs. */
export const POSTGRES_IMAGE = 'postgres:18';
export const RABBITMQ_IMAGE = 'rabbitmq:4.3';
