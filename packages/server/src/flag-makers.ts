/** Flags of the types that need a word or two. */
import type { Flag } from './contract.ts';

export function textFlag(name: string, help: string, preset = ''): Flag {
  return { name, type: 'string', default: preset, help };
}

/** `presetMs` in whole or broken seconds. */
export function durationFlag(name: string, presetMs: number, help: string): Flag {
  return { name, type: 'duration', default: `${presetMs / 1000}s`, help };
}

/** A flag that command lines for upstream's component may carry, and that changes nothing here. */
export function ignoredFlag(name: string, help: string, type: Flag['type'] = 'string'): Flag {
  return { name, type, help, ignored: true };
}
