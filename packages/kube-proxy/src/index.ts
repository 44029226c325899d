export { cleanUpKubeProxy, command, type RunKubeProxyOptions, runKubeProxy, SERVICE_DEVICE } from './command.ts';
export type * from './contract.ts';
export { type KubeProxy, type KubeProxyOptions, startKubeProxy } from './proxy.ts';
