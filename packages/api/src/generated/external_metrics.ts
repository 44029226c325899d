// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta } from './meta.ts';

export interface V1beta1ExternalMetricValue {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metricName: string;
  readonly metricLabels: Readonly<Record<string, string>>;
  readonly timestamp: string;
  readonly window?: number | undefined;
  readonly value: string;
}

export interface V1beta1ExternalMetricValueList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ExternalMetricValue[];
}
