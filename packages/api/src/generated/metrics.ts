// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ResourceList } from './core.ts';
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface V1alpha1ContainerMetrics {
  readonly name: string;
  readonly usage: ResourceList;
}

export interface V1alpha1NodeMetrics {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly timestamp: string;
  readonly window: string;
  readonly usage: ResourceList;
}

export interface V1alpha1NodeMetricsList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1NodeMetrics[];
}

export interface V1alpha1PodMetrics {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly V1alpha1ContainerMetrics[];
}

export interface V1alpha1PodMetricsList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha1PodMetrics[];
}

export interface V1beta1ContainerMetrics {
  readonly name: string;
  readonly usage: ResourceList;
}

export interface V1beta1NodeMetrics {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly timestamp: string;
  readonly window: string;
  readonly usage: ResourceList;
}

export interface V1beta1NodeMetricsList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1NodeMetrics[];
}

export interface V1beta1PodMetrics {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly V1beta1ContainerMetrics[];
}

export interface V1beta1PodMetricsList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1PodMetrics[];
}
