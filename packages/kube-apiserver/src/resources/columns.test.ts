import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from '../registry/contract.ts';
import { controllerRevision } from './apps/controller-revision.ts';
import { deployment } from './apps/deployment.ts';
import { horizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
import { flowSchema } from './flowcontrol/flow-schema.ts';
import { ipAddress } from './networking/ip-address.ts';
import { csiDriver } from './storage/csi-driver.ts';
import { csiStorageCapacity } from './storage/csi-storage-capacity.ts';
import { volumeAttachment } from './storage/volume-attachment.ts';

// Upstream's printers declare these types even where the cells are numbers; a client sees both.
const layouts: readonly (readonly [string, { readonly columns?: readonly Column<never>[] }, string])[] = [
  [
    'Deployment',
    deployment,
    'Name:string Ready:string Up-to-date:string Available:string Age:string Containers:string Images:string Selector:string',
  ],
  ['ControllerRevision', controllerRevision, 'Name:string Controller:string Revision:string Age:string'],
  [
    'HorizontalPodAutoscaler',
    horizontalPodAutoscaler,
    'Name:string Reference:string Targets:string MinPods:string MaxPods:string Replicas:string Age:string',
  ],
  [
    'FlowSchema',
    flowSchema,
    'Name:string PriorityLevel:string MatchingPrecedence:string DistinguisherMethod:string Age:string MissingPL:string',
  ],
  [
    'CSIDriver',
    csiDriver,
    'Name:string AttachRequired:boolean PodInfoOnMount:boolean StorageCapacity:boolean TokenRequests:string RequiresRepublish:boolean Modes:string Age:string',
  ],
  [
    'VolumeAttachment',
    volumeAttachment,
    'Name:string Attacher:string PV:string Node:string Attached:boolean Age:string',
  ],
  ['CSIStorageCapacity', csiStorageCapacity, 'Name:string StorageClassName:string Capacity:string'],
  ['IPAddress', ipAddress, 'Name:string ParentRef:string'],
];

for (const [kind, { columns = [] }, expected] of layouts) {
  test(`${kind} columns are upstream's`, () => {
    assert.equal(columns.map(({ name, type }) => `${name}:${type}`).join(' '), expected);
  });
}
