// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta, ObjectMeta } from './meta.ts';

export type CoordinatedLeaseStrategy = 'OldestEmulationVersion' | (string & {});

export interface Lease {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: LeaseSpec;
}

export interface LeaseList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly Lease[];
}

export interface LeaseSpec {
  readonly holderIdentity?: string | undefined;
  readonly leaseDurationSeconds?: number | undefined;
  readonly acquireTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly leaseTransitions?: number | undefined;
  readonly strategy?: CoordinatedLeaseStrategy | undefined;
  readonly preferredHolder?: string | undefined;
}

export interface V1alpha2LeaseCandidate {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha2LeaseCandidateSpec;
}

export interface V1alpha2LeaseCandidateList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha2LeaseCandidate[];
}

export interface V1alpha2LeaseCandidateSpec {
  readonly leaseName: string;
  readonly pingTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly binaryVersion: string;
  readonly emulationVersion?: string | undefined;
  readonly strategy: CoordinatedLeaseStrategy;
}

export interface V1beta1Lease {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1LeaseSpec;
}

export interface V1beta1LeaseCandidate {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1LeaseCandidateSpec;
}

export interface V1beta1LeaseCandidateList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1LeaseCandidate[];
}

export interface V1beta1LeaseCandidateSpec {
  readonly leaseName: string;
  readonly pingTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly binaryVersion: string;
  readonly emulationVersion?: string | undefined;
  readonly strategy: CoordinatedLeaseStrategy;
}

export interface V1beta1LeaseList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1Lease[];
}

export interface V1beta1LeaseSpec {
  readonly holderIdentity?: string | undefined;
  readonly leaseDurationSeconds?: number | undefined;
  readonly acquireTime?: string | undefined;
  readonly renewTime?: string | undefined;
  readonly leaseTransitions?: number | undefined;
  readonly strategy?: CoordinatedLeaseStrategy | undefined;
  readonly preferredHolder?: string | undefined;
}
