// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ObjectReference } from './core.ts';
import type { LabelSelector, ListMeta } from './meta.ts';

export interface V1beta1MetricListOptions {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly metricLabelSelector?: string | undefined;
}

export interface V1beta1MetricValue {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly describedObject: ObjectReference;
  readonly metricName: string;
  readonly timestamp: string;
  readonly window?: number | undefined;
  readonly value: string;
  readonly selector?: LabelSelector | undefined;
}

export interface V1beta1MetricValueList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1MetricValue[];
}

export interface V1beta2MetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector | undefined;
}

export interface V1beta2MetricListOptions {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly metricLabelSelector?: string | undefined;
}

export interface V1beta2MetricValue {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly describedObject: ObjectReference;
  readonly metric: V1beta2MetricIdentifier;
  readonly timestamp: string;
  readonly windowSeconds?: number | undefined;
  readonly value: string;
}

export interface V1beta2MetricValueList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2MetricValue[];
}
