/** How this program starts itself again as a long-running process. */
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** The command line that runs `steersman <args>` with this Node and these sources. */
export function selfCommand(nodeOptions: readonly string[], args: readonly string[]): readonly string[] {
  return [process.execPath, '--conditions=steersman-source', ...nodeOptions, MAIN, ...args];
}
