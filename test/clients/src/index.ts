export { type ClusterKind, clusterOf } from './cluster-of.ts';
export { findGo, findKubectl, findNodeClient, findPython, isMissing, type Missing } from './found.ts';
export { buildGoProgram, type GoCheck, goChecks } from './go-program.ts';
