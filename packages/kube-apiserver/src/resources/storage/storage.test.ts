import {
  type CSIDriver,
  type CSINode,
  type CSIStorageCapacity,
  Resources,
  type StorageClass,
  type VolumeAttachment,
  type VolumeAttributesClass,
} from '@steersman/api';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { csiDriver } from './csi-driver.ts';
import { csiNode } from './csi-node.ts';
import { csiStorageCapacity } from './csi-storage-capacity.ts';
import { storageClass } from './storage-class.ts';
import { volumeAttachment } from './volume-attachment.ts';
import { volumeAttributesClass } from './volume-attributes-class.ts';

const spec = (patch: object) => ({ spec: patch });
const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const classes: Kind<StorageClass> = {
  name: 'storageClass',
  type: Resources.storageClasses,
  strategy: storageClass,
  good: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'example.com/disk',
  },
};
refusesToCreate(classes, [
  ['a class without provisioner', { provisioner: '' }, ['Required provisioner: Required value']],
  ['a provisioner that is no name', { provisioner: '-' }, [`Invalid provisioner: Invalid value: "-": ${QUALIFIED}`]],
  [
    'a parameter without name',
    { parameters: { '': 'x' } },
    ['Invalid parameters: Invalid value: "": field can not be empty.'],
  ],
]);

const attributes: Kind<VolumeAttributesClass> = {
  name: 'volumeAttributesClass',
  type: Resources.volumeAttributesClasses,
  strategy: volumeAttributesClass,
  good: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    metadata: { name: 'silver' },
    driverName: 'disk.example.com',
    parameters: { iops: '500' },
  },
};
refusesToCreate(attributes, [
  ['a class without driver', { driverName: '' }, ['Required driverName: Required value']],
  [
    'a class without parameters',
    { parameters: null },
    ['Required parameters: Required value: must contain at least one key/value pair'],
  ],
]);
refusesToUpdate(attributes, [
  [
    'another driver',
    { driverName: 'other.example.com' },
    ['Forbidden driverName: Forbidden: updates to driverName are forbidden.'],
  ],
  [
    'other parameters',
    { parameters: { iops: '900' } },
    ['Forbidden parameters: Forbidden: updates to parameters are forbidden.'],
  ],
]);

const capacities: Kind<CSIStorageCapacity> = {
  name: 'csiStorageCapacity',
  type: Resources.csiStorageCapacities,
  strategy: csiStorageCapacity,
  good: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { namespace: 'default', name: 'csisc-1' },
    storageClassName: 'fast',
    capacity: '1Gi',
    nodeTopology: { matchLabels: { zone: 'a' } },
  },
};
refusesToCreate(capacities, [
  [
    'negative capacity',
    { capacity: '-1' },
    ['Invalid capacity: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    'a topology with an unknown operator',
    { nodeTopology: { matchExpressions: [{ key: 'zone', operator: 'Near' }] } },
    ['Invalid nodeTopology.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator'],
  ],
]);
refusesToUpdate(capacities, [
  [
    'another class',
    { storageClassName: 'slow' },
    ['Invalid storageClassName: Invalid value: "slow": field is immutable'],
  ],
  [
    'another topology',
    { nodeTopology: { matchLabels: { zone: 'b' } } },
    ['Invalid nodeTopology: Invalid value: {"matchLabels":{"zone":"b"}}: field is immutable'],
  ],
]);

const nodes: Kind<CSINode> = {
  name: 'csiNode',
  type: Resources.csiNodes,
  strategy: csiNode,
  good: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: { name: 'node-1' },
    spec: {
      drivers: [
        { name: 'disk.example.com', nodeID: 'n1', topologyKeys: ['example.com/zone'], allocatable: { count: 4 } },
      ],
    },
  },
};
const driver = (patch: object) => spec({ drivers: [{ name: 'disk.example.com', nodeID: 'n1', ...patch }] });
refusesToCreate(nodes, [
  ['a driver without name', driver({ name: '' }), ['Required spec.drivers[0].name: Required value']],
  ['a driver without node ID', driver({ nodeID: '' }), ['Required spec.drivers[0].nodeID: Required value']],
  [
    'room for a negative number',
    driver({ allocatable: { count: -1 } }),
    ['Invalid spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'a topology key twice',
    driver({ topologyKeys: ['zone', 'zone'] }),
    ['Duplicate spec.drivers[0]: Duplicate value: "zone"'],
  ],
  [
    'a driver twice',
    spec({
      drivers: [
        { name: 'd', nodeID: 'n' },
        { name: 'd', nodeID: 'n' },
      ],
    }),
    ['Duplicate spec.drivers[1].name: Duplicate value: "d"'],
  ],
]);
refusesToUpdate(nodes, [
  [
    'another node ID',
    driver({ nodeID: 'n2' }),
    [
      'Invalid spec.drivers: Invalid value: {"Name":"disk.example.com","NodeID":"n2","TopologyKeys":null,"Allocatable":null}: field is immutable',
    ],
  ],
]);

const drivers: Kind<CSIDriver> = {
  name: 'csiDriver',
  type: Resources.csiDrivers,
  strategy: csiDriver,
  good: { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'Disk.example.com' }, spec: {} },
};
refusesToCreate(drivers, [
  [
    'an unknown group policy',
    spec({ fsGroupPolicy: 'Maybe' }),
    [
      'NotSupported spec.fsGroupPolicy: Unsupported value: "Maybe": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
  ],
  [
    'an unknown life cycle',
    spec({ volumeLifecycleModes: ['Brief'] }),
    ['NotSupported spec.volumeLifecycleModes: Unsupported value: "Brief": supported values: "Ephemeral", "Persistent"'],
  ],
  [
    'tokens for one audience twice',
    spec({ tokenRequests: [{ audience: 'a' }, { audience: 'a' }] }),
    ['Duplicate spec.tokenRequests[1].audience: Duplicate value: "a"'],
  ],
  [
    'tokens that end too soon',
    spec({ tokenRequests: [{ audience: 'a', expirationSeconds: 60 }] }),
    [
      'Invalid spec.tokenRequests[0].expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    ],
  ],
  [
    'updates that come too often',
    spec({ nodeAllocatableUpdatePeriodSeconds: 5 }),
    ['Invalid spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: must be greater than or equal to 10 seconds'],
  ],
]);
refusesToUpdate(drivers, [
  [
    'volumes that are no longer attached',
    spec({ attachRequired: false }),
    ['Invalid spec.attachedRequired: Invalid value: false: field is immutable'],
  ],
]);

const attachments: Kind<VolumeAttachment> = {
  name: 'volumeAttachment',
  type: Resources.volumeAttachments,
  strategy: volumeAttachment,
  good: {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: 'csi-1' },
    spec: { attacher: 'disk.example.com', nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
  },
};
refusesToCreate(attachments, [
  [
    'no volume',
    spec({ source: { persistentVolumeName: null } }),
    ['Required spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
  ],
  [
    'a volume without name',
    spec({ source: { persistentVolumeName: '' } }),
    [
      'Required spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
      `Invalid spec.source.persistentVolumeName: Invalid value: "": ${SUBDOMAIN}`,
    ],
  ],
  ['a node that is no name', spec({ nodeName: 'A' }), [`Invalid spec.nodeName: Invalid value: "A": ${SUBDOMAIN}`]],
]);
refusesToUpdate(attachments, [
  [
    'another node',
    spec({ nodeName: 'node-2' }),
    [
      'Invalid spec: Invalid value: {"Attacher":"disk.example.com","Source":{"PersistentVolumeName":"pv-1","InlineVolumeSpec":null},"NodeName":"node-2"}: field is immutable',
    ],
  ],
]);

const topology = (...values: string[]) => ({ matchLabelExpressions: [{ key: 'zone', values }] });
refusesToCreate(classes, [
  [
    'a topology of nothing',
    { allowedTopologies: [topology()] },
    ['Required allowedTopologies[0].matchLabelExpressions[0].values: Required value'],
  ],
  [
    'a topology twice',
    { allowedTopologies: [topology('a', 'b'), topology('b', 'a')] },
    ['Duplicate allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  ],
]);
refusesToUpdate(classes, [
  [
    'another provisioner',
    { provisioner: 'example.com/tape' },
    ['Forbidden provisioner: Forbidden: updates to provisioner are forbidden.'],
  ],
  [
    'other parameters',
    { parameters: { a: 'b' } },
    ['Forbidden parameters: Forbidden: updates to parameters are forbidden.'],
  ],
  [
    'another end of life',
    { reclaimPolicy: 'Retain' },
    ['Forbidden reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.'],
  ],
  [
    'another binding',
    { volumeBindingMode: 'WaitForFirstConsumer' },
    ['Invalid volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable'],
  ],
]);
