/** Pods and nodes as a busy cluster stores them, written straight into a store as if a server had written them before. */
import { createLogger, realClock } from '@steersman/machinery';
import { openLmdbStorage } from '@steersman/storage';

export interface BigCluster {
  readonly pods: number;
  readonly nodes: number;
}

const NAMESPACES = 60;
const PODS_PER_OWNER = 10;
const OPERATIONS_PER_WRITE = 100;
const WRITES_AT_ONCE = 20;
const CREATED = '2026-01-01T00:00:00Z';
const ZERO_ID = '00000000-0000-4000-8000-';

const idOf = (kind: number, index: number) => `${ZERO_ID}${String(kind * 1e9 + index).padStart(12, '0')}`;
export const podName = (index: number) => {
  const owner = Math.floor(index / PODS_PER_OWNER);
  return `app-${owner}-5d4f8b7c9-${String(index).padStart(6, '0')}`;
};
export const podNamespace = (index: number) => `team-${Math.floor(index / PODS_PER_OWNER) % NAMESPACES}`;
export const nodeName = (index: number) => `node-${String(index).padStart(5, '0')}.example.internal`;

const condition = (type: string, status: string, reason?: string) => ({
  type,
  status,
  ...(reason === undefined ? {} : { reason, message: `${reason}: the kubelet reports it` }),
  lastHeartbeatTime: CREATED,
  lastTransitionTime: CREATED,
});

const POD_FIELDS = {
  'f:metadata': { 'f:annotations': { '.': {}, 'f:example.com/config': {} }, 'f:labels': { '.': {}, 'f:app': {} } },
  'f:spec': {
    'f:containers': {
      'k:{"name":"main"}': {
        '.': {},
        'f:env': {},
        'f:image': {},
        'f:imagePullPolicy': {},
        'f:name': {},
        'f:ports': {},
      },
    },
    'f:dnsPolicy': {},
    'f:restartPolicy': {},
    'f:schedulerName': {},
    'f:terminationGracePeriodSeconds': {},
  },
};

function podMetadata(index: number): object {
  const owner = Math.floor(index / PODS_PER_OWNER);
  return {
    name: podName(index),
    generateName: `app-${owner}-5d4f8b7c9-`,
    namespace: podNamespace(index),
    uid: idOf(1, index),
    creationTimestamp: CREATED,
    labels: { app: `app-${owner}`, 'pod-template-hash': '5d4f8b7c9' },
    annotations: { 'example.com/config': 'c0ffee'.repeat(10) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `app-${owner}-5d4f8b7c9`,
        uid: idOf(2, owner),
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: CREATED,
        fieldsType: 'FieldsV1',
        fieldsV1: POD_FIELDS,
      },
    ],
  };
}

function pod(index: number, nodes: number): object {
  const mount = { name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const container = {
    name: 'main',
    image: 'registry.example/team/app:1.4.2',
    ports: [{ containerPort: 8080, protocol: 'TCP' }],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
    resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    volumeMounts: [mount],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
  const token = { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: podMetadata(index),
    spec: {
      volumes: [{ name: 'kube-api-access', projected: { sources: [token], defaultMode: 420 } }],
      containers: [container],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      nodeName: nodeName(index % nodes),
      securityContext: {},
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
      priority: 0,
    },
    status: {
      phase: 'Running',
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => condition(type, 'True')),
      hostIP: '10.1.2.3',
      podIP: '10.244.1.2',
      podIPs: [{ ip: '10.244.1.2' }],
      startTime: CREATED,
      containerStatuses: [
        {
          name: 'main',
          state: { running: { startedAt: CREATED } },
          lastState: {},
          ready: true,
          restartCount: 0,
          image: container.image,
          imageID: `registry.example/team/app@sha256:${'a1'.repeat(32)}`,
          containerID: `containerd://${'b2'.repeat(32)}`,
          started: true,
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

function node(index: number): object {
  const name = nodeName(index);
  const capacity = { cpu: '16', memory: '65536000Ki', pods: '110', 'ephemeral-storage': '104857600Ki' };
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: {
      name,
      uid: idOf(3, index),
      creationTimestamp: CREATED,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/zone': `z${index % 3}`,
      },
    },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
      addresses: [
        { type: 'InternalIP', address: '10.1.2.3' },
        { type: 'Hostname', address: name },
      ],
      images: Array.from({ length: 20 }, (_, image) => ({
        names: [`registry.example/image-${image}@sha256:${'c3'.repeat(32)}`, `registry.example/image-${image}:1`],
        sizeBytes: 100_000_000 + image,
      })),
    },
  };
}

function* objects({ pods, nodes }: BigCluster): Generator<{ readonly key: string; readonly object: object }> {
  for (let index = 0; index < NAMESPACES; index++) {
    const metadata = { name: `team-${index}`, uid: idOf(4, index), creationTimestamp: CREATED };
    const object = { kind: 'Namespace', apiVersion: 'v1', metadata, spec: { finalizers: ['kubernetes'] } };
    yield { key: `/registry/namespaces/team-${index}`, object: { ...object, status: { phase: 'Active' } } };
  }
  for (let index = 0; index < nodes; index++)
    yield { key: `/registry/minions/${nodeName(index)}`, object: node(index) };
  for (let index = 0; index < pods; index++)
    yield { key: `/registry/pods/${podNamespace(index)}/${podName(index)}`, object: pod(index, nodes) };
}

/** Resolves with the average size of a pod in bytes. */
export async function fillStore(folder: string, cluster: BigCluster): Promise<number> {
  const clock = realClock();
  const log = createLogger({ component: 'bench', write: (line) => process.stderr.write(line), now: clock.now });
  const storage = await openLmdbStorage({ folder, clock, log });
  let write: { kind: 'put'; key: string; value: Uint8Array }[] = [];
  let underWay: Promise<unknown>[] = [];
  const commit = async () => {
    underWay.push(storage.transact({ when: [], write }));
    write = [];
    if (underWay.length >= WRITES_AT_ONCE) await Promise.all(underWay.splice(0));
  };
  for (const { key, object } of objects(cluster)) {
    write.push({ kind: 'put', key, value: Buffer.from(JSON.stringify(object)) });
    if (write.length === OPERATIONS_PER_WRITE) await commit();
  }
  await commit();
  await Promise.all(underWay);
  await storage.close();
  underWay = [];
  return Buffer.byteLength(JSON.stringify(pod(12_345, cluster.nodes)));
}
