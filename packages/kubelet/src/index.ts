export { type Kubelet, type KubeletHost, type KubeletOptions, startKubelet } from './kubelet.ts';
export type { Machine } from './node/machine.ts';
export type { NodeOptions } from './node/options.ts';
export type * from './runtime/config.ts';
export type * from './runtime/contract.ts';
export { RuntimeError, type RuntimeErrorCode } from './runtime/error.ts';
export { createSimulatedRuntime, type SimulatedRuntimeOptions } from './runtime/simulated/simulated.ts';
export {
  type SimulatedNodes,
  type SimulatedNodesOptions,
  simulatedHost,
  startSimulatedNodes,
} from './simulated-nodes.ts';
