// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { UserInfo } from './authentication.ts';
import type { GroupVersionKind, GroupVersionResource, Status, UID } from './meta.ts';

export interface AdmissionRequest {
  readonly uid?: UID | undefined;
  readonly kind?: GroupVersionKind | undefined;
  readonly resource?: GroupVersionResource | undefined;
  readonly subResource?: string | undefined;
  readonly requestKind?: GroupVersionKind | undefined;
  readonly requestResource?: GroupVersionResource | undefined;
  readonly requestSubResource?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly userInfo?: UserInfo | undefined;
  readonly object?: Readonly<Record<string, unknown>> | undefined;
  readonly oldObject?: Readonly<Record<string, unknown>> | undefined;
  readonly dryRun?: boolean | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

export interface AdmissionResponse {
  readonly uid?: UID | undefined;
  readonly allowed?: boolean | undefined;
  readonly status?: Status | undefined;
  readonly patch?: string | undefined;
  readonly patchType?: PatchType | undefined;
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
  readonly warnings?: readonly string[] | undefined;
}

export interface AdmissionReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly request?: AdmissionRequest | undefined;
  readonly response?: AdmissionResponse | undefined;
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | (string & {});

export type PatchType = 'JSONPatch' | (string & {});

export interface V1beta1AdmissionRequest {
  readonly uid?: UID | undefined;
  readonly kind?: GroupVersionKind | undefined;
  readonly resource?: GroupVersionResource | undefined;
  readonly subResource?: string | undefined;
  readonly requestKind?: GroupVersionKind | undefined;
  readonly requestResource?: GroupVersionResource | undefined;
  readonly requestSubResource?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly operation?: V1beta1Operation | undefined;
  readonly userInfo?: UserInfo | undefined;
  readonly object?: Readonly<Record<string, unknown>> | undefined;
  readonly oldObject?: Readonly<Record<string, unknown>> | undefined;
  readonly dryRun?: boolean | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

export interface V1beta1AdmissionResponse {
  readonly uid?: UID | undefined;
  readonly allowed?: boolean | undefined;
  readonly status?: Status | undefined;
  readonly patch?: string | undefined;
  readonly patchType?: V1beta1PatchType | undefined;
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
  readonly warnings?: readonly string[] | undefined;
}

export interface V1beta1AdmissionReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly request?: V1beta1AdmissionRequest | undefined;
  readonly response?: V1beta1AdmissionResponse | undefined;
}

export type V1beta1Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | (string & {});

export type V1beta1PatchType = 'JSONPatch' | (string & {});
