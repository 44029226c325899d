// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { ResourceList, Toleration } from './core.ts';
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface Overhead {
  readonly podFixed?: ResourceList | undefined;
}

export interface RuntimeClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly handler: string;
  readonly overhead?: Overhead | undefined;
  readonly scheduling?: Scheduling | undefined;
}

export interface RuntimeClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly RuntimeClass[];
}

export interface Scheduling {
  readonly nodeSelector?: Readonly<Record<string, string>> | undefined;
  readonly tolerations?: readonly Toleration[] | undefined;
}
