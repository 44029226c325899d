/** Every command by name. `load` imports it only when it is wanted. */
import type { ArgumentCommand } from './command-line.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<ArgumentCommand>;
  /** Takes arguments besides flags. */
  readonly arguments?: boolean;
  /** Started by `up`, not by people. */
  readonly hidden?: boolean;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Start a cluster, or bring an existing one up again',
    load: () => import('../commands/up.ts').then(commandOf),
  },
  {
    name: 'down',
    summary: 'Stop a cluster; --purge also removes its data',
    load: () => import('../commands/down.ts').then(commandOf),
  },
  { name: 'status', summary: 'Show what runs', load: () => import('../commands/status.ts').then(commandOf) },
  {
    name: 'kubeconfig',
    summary: 'Print the kubeconfig of the cluster',
    load: () => import('../commands/kubeconfig.ts').then(commandOf),
  },
  {
    name: 'image',
    summary: 'image load FILE... and image list: images that pods can use without a registry',
    arguments: true,
    load: () => import('../commands/image.ts').then(commandOf),
  },
  {
    name: 'snapshot',
    summary: 'snapshot save FILE, restore FILE and status FILE: copies of everything a cluster has stored',
    arguments: true,
    load: () => import('../commands/snapshot.ts').then(commandOf),
  },
  { name: 'version', summary: 'Print the version', load: () => import('../commands/version.ts').then(commandOf) },
  {
    name: 'control-plane',
    summary: 'API server, controllers and scheduler of one cluster',
    hidden: true,
    load: () => import('../control-plane/command.ts').then(commandOf),
  },
  {
    name: 'load-balancer',
    summary: 'Spreads connections over the API servers of one cluster',
    hidden: true,
    load: () => import('../control-plane/load-balancer.ts').then(commandOf),
  },
  {
    name: 'simulated-nodes',
    summary: 'The simulated nodes of a cluster with several API servers',
    hidden: true,
    load: () => import('../control-plane/simulated-nodes.ts').then(commandOf),
  },
  {
    name: 'node',
    summary: 'kubelet, kube-proxy and network of one node',
    hidden: true,
    load: () => import('../node/command.ts').then(commandOf),
  },
];

export const components: readonly CommandEntry[] = [
  {
    name: 'kube-apiserver',
    summary: 'Serves the Kubernetes API',
    load: () => import('@steersman/kube-apiserver').then(commandOf),
  },
  {
    name: 'kube-controller-manager',
    summary: 'Runs the controllers',
    load: () => import('@steersman/kube-controller-manager').then(commandOf),
  },
  {
    name: 'kube-scheduler',
    summary: 'Assigns pods to nodes',
    load: () => import('@steersman/kube-scheduler').then(commandOf),
  },
  { name: 'kubelet', summary: 'Runs the pods of a node', load: () => import('@steersman/kubelet').then(commandOf) },
  {
    name: 'kube-proxy',
    summary: 'Makes Services reachable on a node',
    load: () => import('@steersman/kube-proxy').then(commandOf),
  },
  {
    name: 'etcd',
    summary: "Serves etcd's API on an embedded store",
    load: () => import('../etcd/command.ts').then(commandOf),
  },
  {
    name: 'cluster-dns',
    summary: 'Answers DNS inside a cluster',
    load: () => import('@steersman/dns').then(commandOf),
  },
];

function commandOf(module: { readonly command: ArgumentCommand }): ArgumentCommand {
  return module.command;
}
