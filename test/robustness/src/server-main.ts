/**
 * kube-apiserver as its users start it, but for its clock: a message `{ jumpMs }` from the parent process moves what it
 * takes for the time of day. Monotonic time and timers are not moved, as when a machine's clock is set. Timers of a minute and
 * more go off early, so that bookmarks and the ends of watches also happen in a short run.
 */
import { command } from '@steersman/kube-apiserver';
import { type Clock, realEffects } from '@steersman/machinery';
import { parseComponentFlags } from '@steersman/server';

const parsed = parseComponentFlags(command, process.argv.slice(2));
if (parsed.kind !== 'run') process.exit(2);
const effects = realEffects({ component: command.name, level: 'info' });
let jumpedMs = 0;
process.on('message', (message: { readonly jumpMs: number }) => {
  jumpedMs += message.jumpMs;
  process.send?.('jumped');
});
const LONG_MS = 60_000;
const HASTE = 30;
const clock: Clock = {
  ...effects.clock,
  now: () => effects.clock.now() + jumpedMs,
  schedule: (delayMs, callback) => effects.clock.schedule(delayMs < LONG_MS ? delayMs : delayMs / HASTE, callback),
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('disconnect', () => process.exit(1)); // Never outlives the run.
await command.run(parsed.flags, { ...effects, clock }, stop.signal);
process.exit(0);
