/** The server's log: one record per event, never the text of a prompt or an answer unless that is requested. */

export const LOG_FORMS = ["pretty", "json"] as const;
export type LogForm = (typeof LOG_FORMS)[number];

/** Fields of a record. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What the server needs of a log. pino's loggers are such. */
export interface ServerLog {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export const SILENT: ServerLog = { info() {}, warn() {}, error() {} };
