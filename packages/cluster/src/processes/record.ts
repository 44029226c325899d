/**
 * A process that outlives the command that started it, known by pid and start time: a pid alone may by now belong to
 * somebody else, and after a reboot it certainly does.
 */
export interface ProcessRecord {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks after boot. */
  readonly startTicks: string;
  /** /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
}

/** The start time out of the text of /proc/PID/stat; the program's name in it may hold spaces and parentheses. */
export function startTicksOf(stat: string): string | undefined {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return afterName[0] === 'Z' || afterName[0] === 'X' ? undefined : afterName[19]; // A zombie has ended.
}

/** A record out of a pid file; undefined when it is not one, for example cut off by a crash. */
export function parseRecord(text: string): ProcessRecord | undefined {
  const [pid, startTicks, bootId] = text.trim().split(' ');
  if (!/^\d+$/.test(pid ?? '') || startTicks === undefined || bootId === undefined) return undefined;
  return { pid: Number(pid), startTicks, bootId };
}

/** What goes into a pid file. The pid comes first, so that `kill $(cut -d' ' -f1 file)` works too. */
export function recordText(record: ProcessRecord): string {
  return `${record.pid} ${record.startTicks} ${record.bootId}\n`;
}
