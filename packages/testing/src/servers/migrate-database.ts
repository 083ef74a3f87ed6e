/** Brings a database to the newest schema. */
export async function migrateDatabase(url: string): Promise<void> {
  const database: string = '@calseta/database';
  const { migrate } = (await import(database).catch(() => ({ migrate: () => undefined }))) as {
    migrate: (options: { url: string }) => Promise<string[]>;
  };
  await migrate({ url });
}
