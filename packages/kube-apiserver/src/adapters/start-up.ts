/** What the process does differently while it starts, and what it keeps for its next start. */
import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

/** In percent of what was left by the last collection: as the command line sets it, and while the store is loaded. */
const GROWTH = 25;
const GROWTH_WHILE_LOADING = 300; // What the heap may reach before the first collection afterwards follows from it, too.

const letHeapGrow = (percent: number) => setFlagsFromString(`--heap-growing-percent=${percent}`);

/**
 * Runs what fills the heap with what stays there: to collect it again and again meanwhile would take as long as the loading itself.
 * Nothing may be compiled in it that is to be kept, because compiled code is only good under the flags it was made with.
 */
export async function growingFreely<T>(load: () => Promise<T>): Promise<T> {
  letHeapGrow(GROWTH_WHILE_LOADING);
  try {
    return await load();
  } finally {
    letHeapGrow(GROWTH);
  }
}

/** Writes compiled modules down now: a process that is killed cannot do so at its end, and would start slowly every time. */
export const keepCompiledModules = flushCompileCache;
