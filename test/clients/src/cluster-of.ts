/** A cluster for the tests of one file. */
import { podRange, type TestCluster, testCluster } from '@steersman/e2e';

/** A shell and its tools; every node of Steersman has it. */
export const IMAGE = 'steersman.local/busybox:1';

/** Nodes that run containers, or simulated ones, which need nothing. */
export type ClusterKind = 'containers' | 'simulated';

const flagsOf: Readonly<Record<ClusterKind, () => Promise<readonly string[]>>> = {
  simulated: async () => ['--runtime', 'simulated', '--nodes', '3'],
  // Nodes in namespaces of their own, and another range than that of a cluster that somebody works with.
  containers: async () => ['--hosts', '--pod-cidr', await podRange()],
};

export async function clusterOf(kind: ClusterKind, name: string): Promise<TestCluster> {
  const cluster = await testCluster(`${name}${process.pid}`);
  await cluster.up(...(await flagsOf[kind]()));
  return cluster;
}
