// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ConditionStatus } from './core.ts';
import type { Condition, ListMeta, NodeName, ObjectMeta, UID } from './meta.ts';

export interface CertificateSigningRequest {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: CertificateSigningRequestSpec;
  readonly status?: CertificateSigningRequestStatus | undefined;
}

export interface CertificateSigningRequestCondition {
  readonly type: RequestConditionType;
  readonly status: ConditionStatus;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastUpdateTime?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

export interface CertificateSigningRequestList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly CertificateSigningRequest[];
}

export interface CertificateSigningRequestSpec {
  readonly request: string;
  readonly signerName: string;
  readonly expirationSeconds?: number | undefined;
  readonly usages?: readonly KeyUsage[] | undefined;
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, CertificatesExtraValue>> | undefined;
}

export interface CertificateSigningRequestStatus {
  readonly conditions?: readonly CertificateSigningRequestCondition[] | undefined;
  readonly certificate?: string | undefined;
}

export type CertificatesExtraValue = readonly string[];

export type KeyUsage = 'signing' | 'digital signature' | 'content commitment' | 'key encipherment' | 'key agreement' | 'data encipherment' | 'cert sign' | 'crl sign' | 'encipher only' | 'decipher only' | 'any' | 'server auth' | 'client auth' | 'code signing' | 'email protection' | 's/mime' | 'ipsec end system' | 'ipsec tunnel' | 'ipsec user' | 'timestamping' | 'ocsp signing' | 'microsoft sgc' | 'netscape sgc' | (string & {});

export type RequestConditionType = 'Approved' | 'Denied' | 'Failed' | (string & {});

export interface V1alpha1ClusterTrustBundle {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1ClusterTrustBundleSpec;
}

export interface V1alpha1ClusterTrustBundleList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1ClusterTrustBundle[];
}

export interface V1alpha1ClusterTrustBundleSpec {
  readonly signerName?: string | undefined;
  readonly trustBundle: string;
}

export interface V1beta1CertificateSigningRequest {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1CertificateSigningRequestSpec;
  readonly status?: V1beta1CertificateSigningRequestStatus | undefined;
}

export interface V1beta1CertificateSigningRequestCondition {
  readonly type: V1beta1RequestConditionType;
  readonly status?: ConditionStatus | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastUpdateTime?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

export interface V1beta1CertificateSigningRequestList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1CertificateSigningRequest[];
}

export interface V1beta1CertificateSigningRequestSpec {
  readonly request: string;
  readonly signerName?: string | undefined;
  readonly expirationSeconds?: number | undefined;
  readonly usages?: readonly V1beta1KeyUsage[] | undefined;
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, V1beta1ExtraValue>> | undefined;
}

export interface V1beta1CertificateSigningRequestStatus {
  readonly conditions?: readonly V1beta1CertificateSigningRequestCondition[] | undefined;
  readonly certificate?: string | undefined;
}

export interface V1beta1ClusterTrustBundle {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ClusterTrustBundleSpec;
}

export interface V1beta1ClusterTrustBundleList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ClusterTrustBundle[];
}

export interface V1beta1ClusterTrustBundleSpec {
  readonly signerName?: string | undefined;
  readonly trustBundle: string;
}

export type V1beta1ExtraValue = readonly string[];

export type V1beta1KeyUsage = 'signing' | 'digital signature' | 'content commitment' | 'key encipherment' | 'key agreement' | 'data encipherment' | 'cert sign' | 'crl sign' | 'encipher only' | 'decipher only' | 'any' | 'server auth' | 'client auth' | 'code signing' | 'email protection' | 's/mime' | 'ipsec end system' | 'ipsec tunnel' | 'ipsec user' | 'timestamping' | 'ocsp signing' | 'microsoft sgc' | 'netscape sgc' | (string & {});

export interface V1beta1PodCertificateRequest {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1PodCertificateRequestSpec;
  readonly status?: V1beta1PodCertificateRequestStatus | undefined;
}

export interface V1beta1PodCertificateRequestList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1PodCertificateRequest[];
}

export interface V1beta1PodCertificateRequestSpec {
  readonly signerName: string;
  readonly podName: string;
  readonly podUID: UID;
  readonly serviceAccountName: string;
  readonly serviceAccountUID: UID;
  readonly nodeName: NodeName;
  readonly nodeUID: UID;
  readonly maxExpirationSeconds?: number | undefined;
  readonly pkixPublicKey?: string | undefined;
  readonly proofOfPossession?: string | undefined;
  readonly stubPKCS10Request: string;
  readonly unverifiedUserAnnotations?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta1PodCertificateRequestStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly certificateChain?: string | undefined;
  readonly notBefore?: string | undefined;
  readonly beginRefreshAt?: string | undefined;
  readonly notAfter?: string | undefined;
}

export type V1beta1RequestConditionType = 'Approved' | 'Denied' | 'Failed' | (string & {});
