import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock, Logger } from '@steersman/machinery';

/** How often files are looked at; certificates are exchanged days before they end. */
const LOOK_INTERVAL_MS = 10_000;

/** Calls back when the contents of files have changed, until the signal aborts. A failing callback leaves things as they were. */
export function onFilesChanged(
  paths: readonly string[],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
  changed: () => void,
): void {
  let known: string | undefined;
  const look = async () => {
    const digest = await digestOf(paths).catch(() => undefined);
    if (signal.aborted) return;
    if (digest !== undefined && known !== undefined && digest !== known) {
      try {
        changed();
        log.info('Files were read again', { files: paths.join(' ') });
      } catch (error) {
        log.error('Changed files cannot be used; the old ones stay in force', { error: String(error) });
      }
    }
    known = digest ?? known;
    cancel = clock.schedule(LOOK_INTERVAL_MS, () => void look());
  };
  let cancel: () => void = () => undefined;
  signal.addEventListener('abort', () => cancel(), { once: true });
  void look();
}

async function digestOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(await readFile(path)).update('\0');
  return hash.digest('hex');
}
