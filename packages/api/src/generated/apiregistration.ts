// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface APIService {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: APIServiceSpec;
  readonly status?: APIServiceStatus | undefined;
}

export interface APIServiceCondition {
  readonly type: APIServiceConditionType;
  readonly status: ApiregistrationConditionStatus;
  readonly lastTransitionTime?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

export type APIServiceConditionType = 'Available' | (string & {});

export interface APIServiceList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly APIService[];
}

export interface APIServiceSpec {
  readonly service?: ApiregistrationServiceReference | undefined;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly insecureSkipTLSVerify?: boolean | undefined;
  readonly caBundle?: string | undefined;
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

export interface APIServiceStatus {
  readonly conditions?: readonly APIServiceCondition[] | undefined;
}

export type ApiregistrationConditionStatus = 'True' | 'False' | 'Unknown' | (string & {});

export interface ApiregistrationServiceReference {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly port?: number | undefined;
}
