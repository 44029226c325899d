import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PersistentVolume, type PersistentVolumeClaim, Resources } from '@steersman/api';
import { badLabels, badNames } from '../bad-metadata.ts';
import { type BadObject, type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { persistentVolume } from './persistent-volume.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';

const spec = (patch: object) => ({ spec: patch });
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const volumeKind: Kind<PersistentVolume> = {
  name: 'persistentVolume',
  type: Resources.persistentVolumes,
  strategy: persistentVolume,
  good: {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v' },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } },
  },
};
/** The good volume, with another source. */
const source = (patch: object) => spec({ hostPath: null, ...patch });
const missing = (...fields: readonly string[]) => fields.map((field) => `Required spec.${field}: Required value`);
const sources: readonly BadObject[] = [
  ['no source', source({}), ['Required spec: Required value: must specify a volume type']],
  [
    'two sources',
    spec({ nfs: { server: 'a', path: '/' } }),
    ['Forbidden spec.nfs: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'a path of the host that goes up',
    spec({ hostPath: { path: '/a/../b' } }),
    ['Invalid spec.hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
  ],
  [
    'a disk without a name',
    source({ gcePersistentDisk: { pdName: '', partition: 256 } }),
    [
      'Required spec.persistentDisk.pdName: Required value',
      'Invalid spec.persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  ],
  [
    'glusterfs of nothing',
    source({ glusterfs: { endpoints: '', path: '' } }),
    missing('glusterfs.endpoints', 'glusterfs.path'),
  ],
  [
    'a relative path of NFS',
    source({ nfs: { server: 'a', path: 'b' } }),
    ['Invalid spec.nfs.path: Invalid value: "b": must be an absolute path'],
  ],
  ['rbd of nothing', source({ rbd: { monitors: [], image: '' } }), missing('rbd.monitors', 'rbd.image')],
  ['cephfs without monitors', source({ cephfs: { monitors: [] } }), missing('cephfs.monitors')],
  [
    'iSCSI with an odd name',
    source({ iscsi: { targetPortal: '', iqn: 'x', lun: 256, secretRef: {} } }),
    [
      'Required spec.iscsi.targetPortal: Required value',
      'Invalid spec.iscsi.iqn: Invalid value: "x": must be valid format',
      'Invalid spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      'Required spec.iscsi.secretRef.name: Required value',
    ],
  ],
  [
    'cinder with half a secret',
    source({ cinder: { volumeID: '', secretRef: { name: 's' } } }),
    missing('cinder.volumeID', 'cinder.secretRef.namespace'),
  ],
  [
    'a share of Azure without its parts',
    source({ azureFile: { secretName: '', shareName: '', secretNamespace: '' } }),
    missing('azureFile.secretName', 'azureFile.shareName', 'azureFile.secretNamespace'),
  ],
  [
    'a local disk on any node',
    source({ local: { path: '/disk' } }),
    ['Required spec.nodeAffinity: Required value: Local volume requires node affinity'],
  ],
  [
    'a driver without a volume',
    source({ csi: { driver: '', volumeHandle: '', nodePublishSecretRef: { name: 'a', namespace: 'B' } } }),
    [
      'Required spec.csi.driver: Required value',
      'Required spec.csi.volumeHandle: Required value',
      `Invalid spec.csi.nodePublishSecretRef.namespace: Invalid value: "B": ${LABEL}`,
    ],
  ],
];
refusesToCreate(volumeKind, [
  ...badLabels.slice(0, 2),
  ...badNames.slice(0, 2),
  ...sources,
  ['no way to use it', spec({ accessModes: [] }), ['Required spec.accessModes: Required value']],
  [
    'no capacity',
    spec({ capacity: { storage: null } }),
    [
      'Required spec.capacity: Required value',
      'NotSupported spec.capacity: Unsupported value: {}: supported values: "storage"',
    ],
  ],
  [
    'a capacity of nothing',
    spec({ capacity: { storage: '0' } }),
    ['Invalid spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [
    'another thing to hold',
    spec({ capacity: { cpu: '1' } }),
    ['NotSupported spec.capacity: Unsupported value: {"storage":"1Gi","cpu":"1"}: supported values: "storage"'],
  ],
  [
    'an unknown policy',
    spec({ persistentVolumeReclaimPolicy: 'Burn' }),
    [
      'NotSupported spec.persistentVolumeReclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Recycle", "Retain"',
    ],
  ],
  [
    'to recycle the whole host',
    spec({ hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }),
    ["Forbidden spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
  ],
  [
    'an affinity to nothing',
    spec({ nodeAffinity: {} }),
    ['Required spec.nodeAffinity.required: Required value: must specify required node constraints'],
  ],
  [
    'attributes of what is no CSI volume',
    spec({ volumeAttributesClassName: '' }),
    [
      'Required spec.volumeAttributesClassName: Required value: an empty string is disallowed',
      'Required spec.csi: Required value: has to be specified when using volumeAttributesClassName',
    ],
  ],
  [
    'mount options in an annotation',
    { metadata: { annotations: { 'volume.beta.kubernetes.io/mount-options': 'ro' } } },
    [
      'Forbidden metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type',
    ],
  ],
]);
refusesToUpdate(volumeKind, [
  ['another mode', spec({ volumeMode: 'Block' }), ['Invalid volumeMode: Invalid value: "Block": field is immutable']],
]);

test('persistentVolume.validateUpdate() shows how the source would change', () => {
  const old = prepared(volumeKind, volumeKind.good);
  const [error] =
    persistentVolume.validateUpdate?.({ ...old, spec: { ...old.spec, hostPath: { path: '/b' } } }, old) ?? [];
  assert.equal(error?.field, 'spec.persistentvolumesource');
  assert.match(
    error?.message ?? '',
    /spec\.persistentvolumesource is immutable after creation\n.*-.*"\/data".*\+.*"\/b"/s,
  );
});

test('persistentVolume.validateUpdate() takes new names of old labels for the same nodes', () => {
  const on = (key: string) => ({
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] },
  });
  const volume = (key: string) => {
    const good = prepared(volumeKind, volumeKind.good);
    return { ...good, spec: { ...good.spec, nodeAffinity: on(key) } } as PersistentVolume;
  };
  const old = volume('failure-domain.beta.kubernetes.io/zone');
  assert.deepEqual(persistentVolume.validateUpdate?.(volume('topology.kubernetes.io/zone'), old), []);
  assert.match(
    persistentVolume.validateUpdate?.(volume('other'), old)[0]?.message ?? '',
    /field is immutable, except for updating from beta label to GA$/,
  );
});

test('persistentVolume.warnings() name what is out of use', () => {
  const volume = {
    ...volumeKind.good,
    metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } },
    spec: { persistentVolumeReclaimPolicy: 'Recycle', rbd: { monitors: [], image: 'i' } },
  } as PersistentVolume;
  assert.deepEqual(persistentVolume.warnings?.(volume, undefined), [
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
  ]);
});

const claimKind: Kind<PersistentVolumeClaim> = {
  name: 'persistentVolumeClaim',
  type: Resources.persistentVolumeClaims,
  strategy: persistentVolumeClaim,
  good: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { namespace: 'default', name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
};
const UNKNOWN_MODE =
  'NotSupported spec.accessModes: Unsupported value: "Never": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"';
refusesToCreate(claimKind, [
  ...badLabels.slice(0, 2),
  [
    'no mode',
    spec({ accessModes: [] }),
    ['Required spec.accessModes: Required value: at least 1 access mode is required'],
  ],
  ['an unknown mode', spec({ accessModes: ['Never'] }), [UNKNOWN_MODE]],
  [
    'one pod and others',
    spec({ accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] }),
    ['Forbidden spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
  ],
  [
    'a claim to nothing',
    spec({ resources: { requests: { storage: '0' } } }),
    ['Invalid spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
  ['a claim without an amount', spec({ resources: null }), ['Required spec.resources[storage]: Required value']],
  [
    'a source without a group',
    spec({ dataSourceRef: { kind: 'Other', name: '' } }),
    [
      'Required spec.dataSource.name: Required value',
      'Invalid spec.dataSource: Invalid value: "Other": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'Required spec.dataSourceRef.name: Required value',
      'Invalid spec.dataSourceRef: Invalid value: "Other": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  ],
]);

const bound = (patch: object = {}): PersistentVolumeClaim => {
  const claim = prepared(claimKind, claimKind.good);
  return {
    ...claim,
    spec: { ...claim.spec, volumeName: 'v', ...patch },
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  };
};
const asking = (storage: string) => ({ resources: { requests: { storage } } });
const changeOf = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim) =>
  (persistentVolumeClaim.validateUpdate?.(claim, old) ?? []).map(
    ({ field, message }) => `${field}: ${message.split('\n')[0]}`,
  );
const FROZEN =
  'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

test('persistentVolumeClaim.validateUpdate() lets bound claims grow, and shrink to what is not there yet', () => {
  assert.deepEqual(changeOf(bound(asking('3Gi')), bound()), []);
  assert.deepEqual(changeOf(bound(asking('2Gi')), bound(asking('3Gi'))), []);
  assert.deepEqual(changeOf(bound(asking('1Gi')), bound(asking('3Gi'))), [
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ]);
});

test('persistentVolumeClaim.validateUpdate() keeps the rest', () => {
  assert.deepEqual(changeOf(bound({ volumeName: 'w' }), bound()), [FROZEN]);
  assert.deepEqual(changeOf(bound({ storageClassName: 'a' }), bound()), []);
  assert.deepEqual(changeOf(bound({ storageClassName: 'b' }), bound({ storageClassName: 'a' })), [FROZEN]);
  assert.deepEqual(changeOf(bound({ volumeMode: 'Block' }), bound()), [
    FROZEN,
    'volumeMode: Invalid value: "Block": field is immutable',
  ]);
});

test('persistentVolumeClaim.prepareForCreate() pairs the fields for sources of data, and drops what has no effect', () => {
  const made = (patch: object) =>
    prepared(claimKind, { ...claimKind.good, spec: { ...claimKind.good.spec, ...patch } }).spec;
  const claim = { kind: 'PersistentVolumeClaim', name: 'a' };
  assert.deepEqual(made({ dataSource: claim }).dataSourceRef, claim);
  assert.deepEqual(made({ dataSourceRef: claim }).dataSource, claim);
  assert.equal(made({ dataSource: { kind: 'Other', name: 'a' } }).dataSource, undefined);
  assert.equal(made({ dataSourceRef: { ...claim, namespace: 'b' } }).dataSourceRef, undefined);
});

test('persistentVolumeClaim.status.validateUpdate() knows what can be allocated, and how far that is', () => {
  const old = bound();
  const status = { ...old.status, allocatedResourceStatuses: { storage: 'Never' }, allocatedResources: { cpu: '1' } };
  const errors = persistentVolumeClaim.status?.validateUpdate?.({ ...old, status }, old) ?? [];
  assert.deepEqual(
    errors.map(({ field, message }) => `${field}: ${message}`),
    [
      'status.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
      'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    ],
  );
});
