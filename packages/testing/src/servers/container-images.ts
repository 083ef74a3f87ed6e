/** The versions of docker-compose.yml. */
export const POSTGRES_IMAGE = 'postgres:18';
export const RABBITMQ_IMAGE = 'rabbitmq:4.3';
