/** A PostgreSQL server for test databases. */
export type DatabaseProvider = {
  /** With a user that may create databases. */
  adminUrl: string;
  stop: () => Promise<void>;
};

/** A RabbitMQ server for virtual hosts of tests. */
export type BrokerProvider = {
  createVhost: (name: string) => Promise<string>;
  /** Deletes it and returns how many connections were still open. */
  deleteVhost: (name: string) => Promise<number>;
  stop: () => Promise<void>;
};

export type Say = (line: string) => void;
