export class SqlError extends Error {}

export class SalesDatabase {
  static open(options: { timeoutMs: number }): Promise<SalesDatabase>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
