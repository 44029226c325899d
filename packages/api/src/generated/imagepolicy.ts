// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ObjectMeta } from './meta.ts';

export interface V1alpha1ImageReview {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha1ImageReviewSpec;
  readonly status?: V1alpha1ImageReviewStatus | undefined;
}

export interface V1alpha1ImageReviewContainerSpec {
  readonly image?: string | undefined;
}

export interface V1alpha1ImageReviewSpec {
  readonly containers?: readonly V1alpha1ImageReviewContainerSpec[] | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly namespace?: string | undefined;
}

export interface V1alpha1ImageReviewStatus {
  readonly allowed?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
}
