export {
  type Balancer,
  type BalancerOptions,
  type ServerAddress,
  startBalancer,
} from './balancer/adapters/balancer.ts';
export type { ServerState } from './balancer/pool.ts';
export {
  ensureContainerd,
  imageNames,
  importImages,
  installedContainerdVersion,
} from './containerd/adapters/containerd.ts';
export { containerdConfig, parseContainerdVersion } from './containerd/config.ts';
export {
  changeSetting,
  type MachineChanges,
  readChanges,
  readClusterConfig,
  recordChanges,
  restoreChanges,
  writeClusterConfig,
} from './deployment/adapters/cluster-file.ts';
export {
  type ClusterConfig,
  type ClusterRequest,
  DEFAULTS,
  dnsServiceAddress,
  kubernetesServiceAddress,
  type NodeConfig,
  planCluster,
  reviseCluster,
} from './deployment/config.ts';
export { clusterCgroup, type Layout, layoutOf, type NodeLayout, type PartFiles } from './deployment/layout.ts';
export {
  apiServerAddresses,
  isSplit,
  type Part,
  type PartRole,
  partsOf,
  type StoreConfig,
  simulatedNodesAddress,
  storeAddresses,
  storePeerAddresses,
} from './deployment/topology.ts';
export { ClusterError, type ClusterErrorCode } from './errors.ts';
export { writeFileAtomically } from './files/adapters/atomic-file.ts';
export { processesIn, removeCgroups } from './hosts/adapters/cgroups.ts';
export {
  applyIpBatch,
  ensureHost,
  ensureMountPoints,
  type Host,
  insideHost,
  runningHost,
  startInside,
  stopHost,
} from './hosts/adapters/host.ts';
export {
  bridgeBatch,
  bridgeSetupBatch,
  cableBatch,
  deviceName,
  HOST_PATHS,
  type HostNetwork,
  type HostPlan,
  hostAddress,
  hostBatch,
  plugBatch,
} from './hosts/plan.ts';
export { podResolvers, UPSTREAM_RESOLVERS } from './hosts/resolvers.ts';
export { busyboxImageOf, steersmanImageOf } from './images/adapters/programs.ts';
export { type ImageSpec, imageArchive } from './images/archive.ts';
export { BUSYBOX_IMAGE, PAUSE_IMAGE, pauseImage, steersmanImageName } from './images/catalogue.ts';
export {
  checkKubeconfigFile,
  kubeconfigText,
  mergeIntoFile,
  removeFromFile,
  usualKubeconfig,
  writeKubeconfig,
} from './kubeconfig/adapters/kubeconfig-file.ts';
export { type Kubeconfig, makeKubeconfig } from './kubeconfig/kubeconfig.ts';
export {
  cniConfigText,
  forwardRules,
  masqueradeRules,
  type NodeAddress,
  type NodeNetwork,
  planNodeNetwork,
  routeBatch,
  routesTo,
} from './network/plan.ts';
export { ensurePki, type Pki } from './pki/adapters/pki-folder.ts';
export { issuePki, type MemoryPki } from './pki/memory.ts';
export type { PkiRequest } from './pki/plan.ts';
export { installPackages } from './preflight/adapters/install.ts';
export { lockCluster } from './preflight/adapters/lock.ts';
export { checkPortFree, checkWritable, hasProgram, occupiedNetworks } from './preflight/adapters/machine.ts';
export { ETCD_NEEDS, missingPackages, missingPackagesMessage, type Need, NODE_NEEDS } from './preflight/packages.ts';
export { checkRanges, type Occupied } from './preflight/ranges.ts';
export {
  recordOf,
  rotateBySize,
  runningProcess,
  startDetached,
  stopByPidFile,
  stopProcess,
  untilReleased,
  writeRecord,
} from './processes/adapters/supervise.ts';
export type { ProcessRecord } from './processes/record.ts';
export { findProgram, run, tryRun } from './programs/adapters/run.ts';
export { markFolder, purgeFolder } from './purge/adapters/purge.ts';
