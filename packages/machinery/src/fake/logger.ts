import type { LogFields, Logger } from '../contract.ts';
import type { LogLevel } from '../log-format.ts';

const ignore = () => {};

/** Says nothing. */
export const silentLogger: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
};

/** A logger that keeps its lines for a test to look at. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly { readonly level: LogLevel; readonly message: string; readonly fields: LogFields }[];
}

/** Keeps every line, those of its children included. */
export function recordingLogger(): RecordingLogger {
  const lines: { level: LogLevel; message: string; fields: LogFields }[] = [];
  const make = (inherited: LogFields): RecordingLogger => {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
      void lines.push({ level, message, fields: { ...inherited, ...fields } });
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...inherited, ...fields }),
      lines,
    };
  };
  return make({});
}
