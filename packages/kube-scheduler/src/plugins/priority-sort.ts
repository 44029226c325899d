import type { Plugin } from '../contract.ts';
import { PLUGIN_NAMES } from './names.ts';

/** Higher priority first, then who waits longer. */
export function prioritySort(): Plugin {
  return {
    name: PLUGIN_NAMES.prioritySort,
    queueSort: (a, b) => b.info.priority - a.info.priority || a.sinceMs - b.sinceMs,
  };
}
