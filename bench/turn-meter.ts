/**
 * Loaded into the server under measurement before anything else: writes to the file TURN_FILE, ten times a second, the time of
 * day and the longest stretch of CPU time between two looks at the event loop, in milliseconds. CPU time, because on a machine that is
 * shared the clock also shows what others did.
 */
import { appendFileSync } from 'node:fs';

const LOOK_MS = 1;
const WRITE_MS = 100;

const file = process.env['TURN_FILE'];
if (file !== undefined) {
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let last = cpuMs();
  let longest = 0;
  setInterval(() => {
    const now = cpuMs();
    longest = Math.max(longest, now - last);
    last = now;
  }, LOOK_MS).unref();
  setInterval(() => {
    appendFileSync(file, `${Date.now()} ${longest.toFixed(2)}\n`);
    longest = 0;
  }, WRITE_MS).unref();
}
