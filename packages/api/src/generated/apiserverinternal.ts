// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta, ObjectMeta } from './meta.ts';

export type V1alpha1ConditionStatus = 'True' | 'False' | 'Unknown' | (string & {});

export interface V1alpha1ServerStorageVersion {
  readonly apiServerID: string;
  readonly encodingVersion: string;
  readonly decodableVersions: readonly string[];
  readonly servedVersions?: readonly string[] | undefined;
}

export interface V1alpha1StorageVersion {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1StorageVersionSpec;
  readonly status?: V1alpha1StorageVersionStatus | undefined;
}

export interface V1alpha1StorageVersionCondition {
  readonly type: V1alpha1StorageVersionConditionType;
  readonly status: V1alpha1ConditionStatus;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime?: string | undefined;
  readonly reason: string;
  readonly message: string;
}

export type V1alpha1StorageVersionConditionType = 'AllEncodingVersionsEqual' | (string & {});

export interface V1alpha1StorageVersionList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1StorageVersion[];
}

export interface V1alpha1StorageVersionSpec {
}

export interface V1alpha1StorageVersionStatus {
  readonly storageVersions?: readonly V1alpha1ServerStorageVersion[] | undefined;
  readonly commonEncodingVersion?: string | undefined;
  readonly conditions?: readonly V1alpha1StorageVersionCondition[] | undefined;
}
