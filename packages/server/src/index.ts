export type * from './contract.ts';
export { formatGoDuration, parseGoDuration } from './duration.ts';
export { FlagError, type FlagErrorCode } from './flag-error.ts';
export { flagHelp, flagUsages } from './flag-help.ts';
export { type ParsedFlags, parseComponentFlags, parseFlags } from './flags.ts';
