import type { LogFields, Logger } from './contract.ts';
import { jsonFormat, type LogFormat, type LogLevel, textFormat } from './log-format.ts';

export interface LoggerOptions {
  /** Lines below this level cost a call and nothing else; `info` when absent. */
  readonly level?: LogLevel | 'silent';
  readonly component: string;
  /** Takes one formatted line with its line feed. */
  readonly write: (line: string) => void;
  /** `text` reads like klog, `json` is for machines; `text` when absent. */
  readonly format?: 'text' | 'json';
  /** Milliseconds since the Unix epoch, for the stamp. */
  readonly now: () => number;
}

const RANK: Readonly<Record<LogLevel | 'silent', number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const ignore = () => {};

/** A logger that formats and hands each line to `write` at once; levels that are off are empty functions. */
export function createLogger(options: LoggerOptions): Logger {
  const format: LogFormat = options.format === 'json' ? jsonFormat : textFormat;
  return loggerWith(options, format, []);
}

function loggerWith(options: LoggerOptions, format: LogFormat, inherited: readonly LogFields[]): Logger {
  const { component, write, now } = options;
  const at = (level: LogLevel) => {
    if (RANK[level] < RANK[options.level ?? 'info']) return ignore;
    return (message: string, own?: LogFields) => {
      const fields = own === undefined ? inherited : [...inherited, own];
      write(`${format({ level, time: now(), component, message, fields })}\n`);
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerWith(options, format, [...inherited, fields]),
  };
}
