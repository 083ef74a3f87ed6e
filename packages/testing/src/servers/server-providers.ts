/** A PostgreSQL server that test databases are made on. */
export type DatabaseProvider = {
  /** Of a user that may create databases. */
  adminUrl: string;
  stop: () => Promise<void>;
};

/** A RabbitMQ server that virtual hosts for tests are made on. */
export type BrokerProvider = {
  createVhost: (name: string) => Promise<string>;
  /** Deletes it, and returns how many connections to it were still open. */
  deleteVhost: (name: string) => Promise<number>;
  stop: () => Promise<void>;
};

export type Say = (line: string) => void;
