/** Changes of parts of an object, for conversions between versions. What has not the expected form is left as it is. */
import type { KubeObject, ResourceInfo } from '@steersman/api';

export type Fields = Readonly<Record<string, unknown>>;
export type Edit = (fields: Fields) => Fields;

/** A version that was served once: edits of whole objects between it and the stored version. */
export interface FormerVersion {
  readonly older: Edit;
  readonly newer: Edit;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object as one of the version and kind of `row`, with another spec. */
export function withSpec(object: KubeObject, row: ResourceInfo, edit: Edit): KubeObject {
  return asVersion(within(object as unknown as Fields, 'spec', edit), row);
}

/** Says another version and kind, and nothing else. */
export function asVersion(object: Fields | KubeObject, { group, version, kind }: ResourceInfo): KubeObject {
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { ...object, kind, apiVersion } as unknown as KubeObject;
}

export function within(parent: Fields, field: string, edit: Edit): Fields {
  const value = parent[field];
  return isFields(value) ? { ...parent, [field]: edit(value) } : parent;
}

export function eachOf(parent: Fields, field: string, edit: Edit): Fields {
  const list = parent[field];
  return Array.isArray(list)
    ? { ...parent, [field]: list.map((item: unknown) => (isFields(item) ? edit(item) : item)) }
    : parent;
}

export function renamedField(parent: Fields, from: string, to: string): Fields {
  const { [from]: value, ...others } = parent;
  return value === undefined ? parent : { ...others, [to]: value };
}
