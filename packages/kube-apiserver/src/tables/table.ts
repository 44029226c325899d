/**
 * What `kubectl get` shows: rows of cells rendered by the server (API concepts, "Receiving resources as Tables").
 */
import { humanDuration, type KubeObject, parseTime } from '@steersman/api';
import type { Column } from '../registry/contract.ts';
import type { ServedResource } from '../registry/served-resource.ts';

export interface TableOptions {
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** `meta.k8s.io/v1` */
  readonly apiVersion: string;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  readonly metadata?: object;
  /** Watches send the columns with their first event only. */
  readonly withoutColumns?: boolean;
}

const NAME: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object; unique within its namespace.',
  value: ({ metadata }) => metadata.name ?? '',
};
const AGE: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  value: ({ metadata }, now) =>
    metadata.creationTimestamp === undefined || metadata.creationTimestamp === null
      ? '<unknown>'
      : humanDuration(now - parseTime(metadata.creationTimestamp)),
};
/** Upstream's columns for kinds that have none of their own. */
const GENERIC: readonly Column<KubeObject>[] = [NAME, AGE];

export function columnsOf({ strategy }: ServedResource): readonly Column<KubeObject>[] {
  return strategy.columns ?? GENERIC;
}

export function tableOf(resource: ServedResource, objects: readonly KubeObject[], options: TableOptions): object {
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata: options.metadata ?? singleMetadata(objects),
    columnDefinitions: options.withoutColumns === true ? null : columnDefinitionsOf(resource),
    rows: rowsOf(resource, objects, options),
  };
}

export function columnDefinitionsOf(resource: ServedResource): readonly object[] {
  return columnsOf(resource.main).map(definitionOf);
}

export function rowsOf(
  resource: ServedResource,
  objects: readonly KubeObject[],
  options: TableOptions,
): readonly object[] {
  const columns = columnsOf(resource.main);
  const { conversion } = resource;
  return objects.map((object) =>
    rowOf(columns, object, conversion === undefined ? object : conversion.toStored(object), options),
  );
}

function singleMetadata(objects: readonly KubeObject[]): object {
  const resourceVersion = objects.length === 1 ? objects[0]!.metadata.resourceVersion : undefined;
  return resourceVersion === undefined ? {} : { resourceVersion };
}

function definitionOf({ name, type, format, priority, description }: Column<KubeObject>): object {
  return { name, type, format: format ?? '', description, priority: priority ?? 0 };
}

/** Columns read the stored version, whatever version is shown. */
function rowOf(
  columns: readonly Column<KubeObject>[],
  object: KubeObject,
  stored: KubeObject,
  options: TableOptions,
): object {
  const cells = columns.map(({ value }) => value(stored, options.now));
  if (options.includeObject === 'None') return { cells, object: null };
  return {
    cells,
    object:
      options.includeObject === 'Object' ? object : partialOf(object, options.apiVersion.slice('meta.k8s.io/'.length)),
  };
}

/** Only kind and metadata. */
export function partialOf(object: KubeObject, version: string): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
