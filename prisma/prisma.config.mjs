import { defineConfig } from 'prisma/config';

export default defineConfig({
  schema: './schema.prisma',
  migrations: { path: './migrations' },
  // Only `prisma migrate deploy` and `status` connect; `generate` and `diff` never do.
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost:5432/calseta' },
});
