export type * from './framework/contract.ts';
export { connect, type Environment, type EnvironmentOptions, findOnPath } from './framework/environment.ts';
export { type Outcome, type RunOptions, runAll } from './framework/run-all.ts';
export { runTrial, skipReason } from './framework/trial.ts';
export { type LaterEntry, laterEntries } from './later.ts';
export { conformanceTests } from './tests/index.ts';
