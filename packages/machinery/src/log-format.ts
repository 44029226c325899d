import type { LogFields } from './contract.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line to be written, before it is formatted. */
export interface LogLine {
  readonly level: LogLevel;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly component: string;
  readonly message: string;
  /** Fields of the logger's ancestors first, then the call's own. */
  readonly fields: readonly LogFields[];
}

/** Formats one line, without its line feed. */
export type LogFormat = (line: LogLine) => string;

const KLOG_LETTER: Readonly<Record<LogLevel, string>> = { debug: 'D', info: 'I', warn: 'W', error: 'E' };

/** An error tells more in its own properties than JSON.stringify sees; a bigint would make it throw. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { ...value, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? String(value) : value;
}

/** One JSON object per line: ts (milliseconds), level, component, msg, then the fields. */
export const jsonFormat: LogFormat = (line) => {
  const head = { ts: line.time, level: line.level, component: line.component, msg: line.message };
  return JSON.stringify(Object.assign(head, ...line.fields), jsonValue);
};

function textValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  return JSON.stringify(value, jsonValue);
}

/** Lines as Kubernetes' own components print them: `I1122 16:27:58.123000 component] "Message" key="value"` (UTC). */
export const textFormat: LogFormat = (line) => {
  const iso = new Date(line.time).toISOString(); // 2026-11-22T16:27:58.123Z
  const stamp = `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000`;
  let text = `${KLOG_LETTER[line.level]}${stamp} ${line.component}] ${JSON.stringify(line.message)}`;
  for (const fields of line.fields) {
    for (const key in fields) text += ` ${key}=${textValue(fields[key])}`;
  }
  return text;
};
