// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { PersistentVolumeReclaimPolicy, PersistentVolumeSpec, TopologySelectorTerm } from './core.ts';
import type { LabelSelector, ListMeta, ObjectMeta } from './meta.ts';

export interface CSIDriver {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: CSIDriverSpec;
}

export interface CSIDriverList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CSIDriver[];
}

export interface CSIDriverSpec {
  readonly attachRequired?: boolean | undefined;
  readonly podInfoOnMount?: boolean | undefined;
  readonly volumeLifecycleModes?: readonly VolumeLifecycleMode[] | undefined;
  readonly storageCapacity?: boolean | undefined;
  readonly fsGroupPolicy?: FSGroupPolicy | undefined;
  readonly tokenRequests?: readonly TokenRequest[] | undefined;
  readonly requiresRepublish?: boolean | undefined;
  readonly seLinuxMount?: boolean | undefined;
  readonly nodeAllocatableUpdatePeriodSeconds?: number | undefined;
  readonly serviceAccountTokenInSecrets?: boolean | undefined;
  readonly preventPodSchedulingIfMissing?: boolean | undefined;
}

export interface CSINode {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: CSINodeSpec;
}

export interface CSINodeDriver {
  readonly name: string;
  readonly nodeID: string;
  readonly topologyKeys?: readonly string[] | undefined;
  readonly allocatable?: VolumeNodeResources | undefined;
}

export interface CSINodeList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CSINode[];
}

export interface CSINodeSpec {
  readonly drivers: readonly CSINodeDriver[];
}

export interface CSIStorageCapacity {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly nodeTopology?: LabelSelector | undefined;
  readonly storageClassName: string;
  readonly capacity?: string | undefined;
  readonly maximumVolumeSize?: string | undefined;
}

export interface CSIStorageCapacityList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CSIStorageCapacity[];
}

export type FSGroupPolicy = 'ReadWriteOnceWithFSType' | 'File' | 'None' | (string & {});

export interface StorageClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly reclaimPolicy?: PersistentVolumeReclaimPolicy | undefined;
  readonly mountOptions?: readonly string[] | undefined;
  readonly allowVolumeExpansion?: boolean | undefined;
  readonly volumeBindingMode?: VolumeBindingMode | undefined;
  readonly allowedTopologies?: readonly TopologySelectorTerm[] | undefined;
}

export interface StorageClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly StorageClass[];
}

export interface TokenRequest {
  readonly audience: string;
  readonly expirationSeconds?: number | undefined;
}

export interface V1beta1CSIDriver {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1CSIDriverSpec;
}

export interface V1beta1CSIDriverList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1CSIDriver[];
}

export interface V1beta1CSIDriverSpec {
  readonly attachRequired?: boolean | undefined;
  readonly podInfoOnMount?: boolean | undefined;
  readonly volumeLifecycleModes?: readonly V1beta1VolumeLifecycleMode[] | undefined;
  readonly storageCapacity?: boolean | undefined;
  readonly fsGroupPolicy?: V1beta1FSGroupPolicy | undefined;
  readonly tokenRequests?: readonly V1beta1TokenRequest[] | undefined;
  readonly requiresRepublish?: boolean | undefined;
  readonly seLinuxMount?: boolean | undefined;
  readonly nodeAllocatableUpdatePeriodSeconds?: number | undefined;
  readonly serviceAccountTokenInSecrets?: boolean | undefined;
  readonly preventPodSchedulingIfMissing?: boolean | undefined;
}

export interface V1beta1CSINode {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1CSINodeSpec;
}

export interface V1beta1CSINodeDriver {
  readonly name: string;
  readonly nodeID: string;
  readonly topologyKeys?: readonly string[] | undefined;
  readonly allocatable?: V1beta1VolumeNodeResources | undefined;
}

export interface V1beta1CSINodeList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1CSINode[];
}

export interface V1beta1CSINodeSpec {
  readonly drivers: readonly V1beta1CSINodeDriver[];
}

export interface V1beta1CSIStorageCapacity {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly nodeTopology?: LabelSelector | undefined;
  readonly storageClassName: string;
  readonly capacity?: string | undefined;
  readonly maximumVolumeSize?: string | undefined;
}

export interface V1beta1CSIStorageCapacityList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1CSIStorageCapacity[];
}

export type V1beta1FSGroupPolicy = 'ReadWriteOnceWithFSType' | 'File' | 'None' | (string & {});

export interface V1beta1StorageClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly reclaimPolicy?: PersistentVolumeReclaimPolicy | undefined;
  readonly mountOptions?: readonly string[] | undefined;
  readonly allowVolumeExpansion?: boolean | undefined;
  readonly volumeBindingMode?: V1beta1VolumeBindingMode | undefined;
  readonly allowedTopologies?: readonly TopologySelectorTerm[] | undefined;
}

export interface V1beta1StorageClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1StorageClass[];
}

export interface V1beta1TokenRequest {
  readonly audience: string;
  readonly expirationSeconds?: number | undefined;
}

export interface V1beta1VolumeAttachment {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1VolumeAttachmentSpec;
  readonly status?: V1beta1VolumeAttachmentStatus | undefined;
}

export interface V1beta1VolumeAttachmentList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1VolumeAttachment[];
}

export interface V1beta1VolumeAttachmentSource {
  readonly persistentVolumeName?: string | undefined;
  readonly inlineVolumeSpec?: PersistentVolumeSpec | undefined;
}

export interface V1beta1VolumeAttachmentSpec {
  readonly attacher: string;
  readonly source: V1beta1VolumeAttachmentSource;
  readonly nodeName: string;
}

export interface V1beta1VolumeAttachmentStatus {
  readonly attached: boolean;
  readonly attachmentMetadata?: Readonly<Record<string, string>> | undefined;
  readonly attachError?: V1beta1VolumeError | undefined;
  readonly detachError?: V1beta1VolumeError | undefined;
}

export interface V1beta1VolumeAttributesClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly driverName: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta1VolumeAttributesClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1VolumeAttributesClass[];
}

export type V1beta1VolumeBindingMode = 'Immediate' | 'WaitForFirstConsumer' | (string & {});

export interface V1beta1VolumeError {
  readonly time?: string | undefined;
  readonly message?: string | undefined;
  readonly errorCode?: number | undefined;
}

export type V1beta1VolumeLifecycleMode = 'Persistent' | 'Ephemeral' | (string & {});

export interface V1beta1VolumeNodeResources {
  readonly count?: number | undefined;
}

export interface VolumeAttachment {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: VolumeAttachmentSpec;
  readonly status?: VolumeAttachmentStatus | undefined;
}

export interface VolumeAttachmentList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly VolumeAttachment[];
}

export interface VolumeAttachmentSource {
  readonly persistentVolumeName?: string | undefined;
  readonly inlineVolumeSpec?: PersistentVolumeSpec | undefined;
}

export interface VolumeAttachmentSpec {
  readonly attacher: string;
  readonly source: VolumeAttachmentSource;
  readonly nodeName: string;
}

export interface VolumeAttachmentStatus {
  readonly attached: boolean;
  readonly attachmentMetadata?: Readonly<Record<string, string>> | undefined;
  readonly attachError?: VolumeError | undefined;
  readonly detachError?: VolumeError | undefined;
}

export interface VolumeAttributesClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly driverName: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

export interface VolumeAttributesClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly VolumeAttributesClass[];
}

export type VolumeBindingMode = 'Immediate' | 'WaitForFirstConsumer' | (string & {});

export interface VolumeError {
  readonly time?: string | undefined;
  readonly message?: string | undefined;
  readonly errorCode?: number | undefined;
}

export type VolumeLifecycleMode = 'Persistent' | 'Ephemeral' | (string & {});

export interface VolumeNodeResources {
  readonly count?: number | undefined;
}
