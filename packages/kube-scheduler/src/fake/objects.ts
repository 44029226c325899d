/** Short ways to write nodes and pods in tests. */
import type { Node, Pod, PodSpec } from '@steersman/api';

export interface NodeSketch {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly more?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Node['spec'];
  readonly images?: readonly { readonly names: readonly string[]; readonly sizeBytes: number }[];
}

/** A node of 4 CPUs, 8 GiB and 110 pods, with its hostname label. */
export function nodeOf(name: string, sketch: NodeSketch = {}): Node {
  const { cpu = '4', memory = '8Gi', pods = '110', more, labels, spec = {}, images } = sketch;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { allocatable: { cpu, memory, pods, ...more }, ...(images !== undefined && { images }) },
  };
}

export interface PodSketch {
  readonly namespace?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly nodeName?: string;
  readonly spec?: Partial<PodSpec>;
}

/** A pod with one container; its UID is its name. */
export function podOf(name: string, sketch: PodSketch = {}): Pod {
  const { namespace = 'default', requests, labels, nodeName, spec } = sketch;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, uid: `uid-${name}`, ...(labels !== undefined && { labels }) },
    spec: {
      containers: [{ name: 'main', image: 'app', ...(requests !== undefined && { resources: { requests } }) }],
      ...(nodeName !== undefined && { nodeName }),
      ...spec,
    },
  };
}
