import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whenEnded } from './when-ended.ts';

export interface WorkFolder {
  readonly path: string;
  remove(): void;
}

/** An empty folder, which goes when it is removed or else with this process. */
export function workFolder(name: string): WorkFolder {
  const path = mkdtempSync(join(tmpdir(), `steersman-${name}-`));
  // Who was killed a moment ago may still be writing there.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  const forget = whenEnded(remove);
  return {
    path,
    remove() {
      forget();
      remove();
    },
  };
}
