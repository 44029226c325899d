export { type RealHostOptions, realHost } from './adapters/real-host.ts';
export { type BackendOptions, createBackend } from './backend.ts';
export { type NodeKubelet, type NodeKubeletOptions, startNodeKubelet } from './command/adapters/node-kubelet.ts';
export { command } from './command/command.ts';
export {
  configOf as kubeletConfigOf,
  flags as kubeletFlags,
  type KubeletConfig,
  KubeletConfigError,
} from './command/config.ts';
export { type Kubelet, type KubeletHost, type KubeletOptions, startKubelet } from './kubelet.ts';
export type { Machine } from './node/machine.ts';
export type { NodeOptions } from './node/options.ts';
export type * from './runtime/config.ts';
export type * from './runtime/contract.ts';
export { connectCri } from './runtime/cri/adapters/connection.ts';
export { createCriRuntime } from './runtime/cri/cri.ts';
export { RuntimeError, type RuntimeErrorCode } from './runtime/error.ts';
export { createSimulatedRuntime, type SimulatedRuntimeOptions } from './runtime/simulated/simulated.ts';
export * from './server/index.ts';
export {
  type SimulatedNodes,
  type SimulatedNodesOptions,
  simulatedHost,
  startSimulatedNodes,
} from './simulated-nodes.ts';
