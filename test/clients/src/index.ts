export { type CheckProgram, checkSuites } from './check-suites.ts';
export { type ClusterKind, clusterOf, IMAGE } from './cluster-of.ts';
export { findGo, findKubectl, findNodeClient, findPython, isMissing, type Missing } from './found.ts';
export { buildGoProgram, type GoCheck, goChecks } from './go-program.ts';
export { stories } from './kubectl/index.ts';
export type { KubectlVersion, Step, Story } from './kubectl/step.ts';
