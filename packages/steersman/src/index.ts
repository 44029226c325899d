export { Resources } from '@steersman/api';
export type { Client, ResourceClient } from '@steersman/client';
export { Cluster, type ClusterOptions } from './library/cluster.ts';
