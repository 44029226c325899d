/** The kubelet's HTTPS API; the package's index re-exports what the rest of the kubelet needs. */
export { type DelegatedAccessOptions, delegatedAccess, inProcessAccess } from './access.ts';
export { diskLogFiles } from './adapters/log-files.ts';
export { type ReadContainerLogOptions, readContainerLog } from './container-log/read.ts';
export type * from './contract.ts';
export { createKubeletHandler, type KubeletHandlerOptions } from './handler.ts';
export { simulatedKubeletHandler } from './simulated.ts';
export { KUBELET_PORT, type KubeletServer, type KubeletServerOptions, startKubeletServer } from './start.ts';
