// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { Condition, GroupResource, ListMeta, ObjectMeta } from './meta.ts';

export type V1beta1MigrationConditionType = 'Running' | 'Succeeded' | 'Failed' | (string & {});

export interface V1beta1StorageVersionMigration {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1StorageVersionMigrationSpec;
  readonly status?: V1beta1StorageVersionMigrationStatus | undefined;
}

export interface V1beta1StorageVersionMigrationList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1StorageVersionMigration[];
}

export interface V1beta1StorageVersionMigrationSpec {
  readonly resource: GroupResource;
}

export interface V1beta1StorageVersionMigrationStatus {
  readonly conditions?: readonly Condition[] | undefined;
  readonly resourceVersion?: string | undefined;
}
