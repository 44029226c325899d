// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ObjectMeta, UID } from './meta.ts';

export interface AuthenticationTokenRequest {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: TokenRequestSpec;
  readonly status?: TokenRequestStatus | undefined;
}

export interface BoundObjectReference {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: UID | undefined;
}

export type ExtraValue = readonly string[];

export interface SelfSubjectReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly status?: SelfSubjectReviewStatus | undefined;
}

export interface SelfSubjectReviewStatus {
  readonly userInfo?: UserInfo | undefined;
}

export interface TokenRequestSpec {
  readonly audiences?: readonly string[] | undefined;
  readonly expirationSeconds?: number | undefined;
  readonly boundObjectRef?: BoundObjectReference | undefined;
}

export interface TokenRequestStatus {
  readonly token?: string | undefined;
  readonly expirationTimestamp?: string | undefined;
}

export interface TokenReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: TokenReviewSpec;
  readonly status?: TokenReviewStatus | undefined;
}

export interface TokenReviewSpec {
  readonly token: string;
  readonly audiences?: readonly string[] | undefined;
}

export interface TokenReviewStatus {
  readonly authenticated?: boolean | undefined;
  readonly user?: UserInfo | undefined;
  readonly audiences?: readonly string[] | undefined;
  readonly error?: string | undefined;
}

export interface UserInfo {
  readonly username?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly extra?: Readonly<Record<string, ExtraValue>> | undefined;
}
