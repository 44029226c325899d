/** A container's last words: its message file, or with FallbackToLogsOnError the end of its log. */
import { type Pod, uidOf } from '@steersman/api';
import type { RuntimeContainerStatus } from '../runtime/contract.ts';
import { annotations } from '../runtime/labels.ts';
import type { Disk } from './disk.ts';
import { type Directories, podLogDirectory, terminationLogPath } from './paths.ts';

const MESSAGE_BYTES_MAX = 4096;
const LOG_BYTES_MAX = 2048;
const LOG_LINES_MAX = 80;

export async function terminationMessage(
  pod: Pod,
  status: RuntimeContainerStatus,
  disk: Disk,
  directories: Directories,
): Promise<string> {
  const attempt = Number(status.annotations[annotations.restartCount] ?? status.attempt);
  const file = await disk.readTail(
    terminationLogPath(directories, uidOf(pod), status.name, attempt),
    MESSAGE_BYTES_MAX,
  );
  if (file !== undefined && file.length > 0) return new TextDecoder().decode(file);
  const fallback =
    status.annotations[annotations.terminationMessagePolicy] === 'FallbackToLogsOnError' && status.exitCode !== 0;
  if (!fallback) return status.message;
  const path = status.logPath.startsWith('/')
    ? status.logPath
    : `${podLogDirectory(directories, pod)}/${status.logPath}`;
  // CRI's prefix of a line is short; twice the text is plenty to cut from.
  const log = await disk.readTail(path, 4 * LOG_BYTES_MAX);
  return log === undefined ? status.message : lastLines(new TextDecoder().decode(log));
}

/** CRI log lines are `<time> <stream> <P|F> <text>`; a partial one did not end with a newline. */
function lastLines(log: string): string {
  const texts = log.split('\n').flatMap((line) => {
    const [, tag, text] = /^\S+ (?:stdout|stderr) ([PF])\S* (.*)$/.exec(line) ?? [];
    return text === undefined ? [] : [tag === 'P' ? text : `${text}\n`];
  });
  const kept = texts.slice(-LOG_LINES_MAX).join('');
  return kept.length > LOG_BYTES_MAX ? kept.slice(-LOG_BYTES_MAX) : kept;
}
