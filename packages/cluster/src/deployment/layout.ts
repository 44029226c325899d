/** Where everything of one cluster lies below its folder. */
import { join } from 'node:path';

export interface Layout {
  readonly folder: string;
  readonly config: string;
  readonly pki: string;
  readonly storage: string;
  readonly init: string;
  /** What `up` changed on the machine, for `down` to restore. */
  readonly changes: string;
  readonly kubeconfig: string;
  readonly controlPlane: PartFiles;
  /** Of a process of the control plane. */
  part(name: string): PartFiles;
  node(name: string): NodeLayout;
}
/** What a process that outlives its starter leaves in the cluster's folder. */
export interface PartFiles {
  readonly pid: string;
  readonly log: string;
}
export interface NodeLayout {
  readonly folder: string;
  readonly kubelet: string;
  /** What pods of the node resolve names with. */
  readonly resolvers: string;
  readonly pid: string;
  readonly log: string;
  readonly containerdPid: string;
  readonly containerdLog: string;
}

/** The paths of the cluster in `folder`, which is absolute. */
export function layoutOf(folder: string): Layout {
  const part = (name: string) => ({ pid: join(folder, `${name}.pid`), log: join(folder, `${name}.log`) });
  return {
    folder,
    config: join(folder, 'cluster.json'),
    pki: join(folder, 'pki'),
    storage: join(folder, 'storage'),
    init: join(folder, 'bin', 'init'),
    changes: join(folder, 'machine-changes.json'),
    kubeconfig: join(folder, 'admin.conf'),
    controlPlane: part('control-plane'),
    part,
    node(name) {
      const node = join(folder, 'nodes', name);
      return {
        folder: node,
        kubelet: join(node, 'kubelet'),
        resolvers: join(node, 'resolv.conf'),
        pid: join(node, 'node.pid'),
        log: join(node, 'node.log'),
        containerdPid: join(node, 'containerd.pid'),
        containerdLog: join(node, 'containerd.log'),
      };
    },
  };
}

/** The control group of one cluster, below which its nodes' pods are. */
export const clusterCgroup = (name: string) => `steersman-${name}`;
