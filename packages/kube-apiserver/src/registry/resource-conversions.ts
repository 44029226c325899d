/**
 * resource.k8s.io/v1beta1 and later: what a request asks for moved into `exactly`, what a device is out of `basic` (KEP-4381).
 */
import type { KubeObject, ResourceInfo } from '@steersman/api';
import type { Conversion } from './conversions.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a v1beta1 request that v1 has inside `exactly`. */
const EXACT_FIELDS = [
  'deviceClassName',
  'selectors',
  'allocationMode',
  'count',
  'adminAccess',
  'tolerations',
  'capacity',
] as const;

/** The conversion of a v1beta1 resource; undefined for the kinds that did not change. */
export function resourceConversion(served: ResourceInfo, stored: ResourceInfo): Conversion | undefined {
  const apiVersion = (row: ResourceInfo) => `${row.group}/${row.version}`;
  const change = CHANGES[served.plural];
  if (change === undefined) return undefined;
  return {
    fromStored: (object) => changed(object, apiVersion(served), change.older),
    toStored: (object) => changed(object, apiVersion(stored), change.newer),
  };
}

type Edit = (spec: Fields) => Fields;
const CHANGES: Readonly<Record<string, { readonly older: Edit; readonly newer: Edit }>> = {
  resourceclaims: { older: requestsEdit(flatRequest), newer: requestsEdit(exactRequest) },
  resourceclaimtemplates: {
    older: templateEdit(requestsEdit(flatRequest)),
    newer: templateEdit(requestsEdit(exactRequest)),
  },
  resourceslices: { older: devicesEdit(basicDevice), newer: devicesEdit(plainDevice) },
};

function changed(object: KubeObject, apiVersion: string, edit: Edit): KubeObject {
  const { spec } = object as unknown as { readonly spec?: Fields };
  return { ...object, apiVersion, ...(spec === undefined ? {} : { spec: edit(spec) }) } as KubeObject;
}

function templateEdit(edit: Edit): Edit {
  return (spec) => within(spec, 'spec', edit);
}

function requestsEdit(edit: Edit): Edit {
  return (spec) => within(spec, 'devices', (devices) => eachOf(devices, 'requests', edit));
}

function devicesEdit(edit: Edit): Edit {
  return (spec) => eachOf(spec, 'devices', edit);
}

function within(parent: Fields, field: string, edit: Edit): Fields {
  const value = parent[field];
  return isFields(value) ? { ...parent, [field]: edit(value) } : parent;
}

function eachOf(parent: Fields, field: string, edit: Edit): Fields {
  const list = parent[field];
  return Array.isArray(list)
    ? { ...parent, [field]: list.map((item: unknown) => (isFields(item) ? edit(item) : item)) }
    : parent;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A request asks for one kind of device (`exactly`) or names alternatives; v1beta1 tells them apart by its class name. */
function exactRequest(request: Fields): Fields {
  const exactly = Object.fromEntries(
    EXACT_FIELDS.flatMap((field) => (request[field] === undefined ? [] : [[field, request[field]]])),
  );
  const others = Object.entries(request).filter(([field]) => !(EXACT_FIELDS as readonly string[]).includes(field));
  const asksForOne = Object.entries(exactly).some(([, value]) => value !== '');
  return { ...Object.fromEntries(others), ...(asksForOne ? { exactly } : {}) };
}

function flatRequest({ exactly, ...request }: Fields): Fields {
  return isFields(exactly) ? { ...request, ...exactly } : request;
}

function plainDevice({ basic, ...device }: Fields): Fields {
  return isFields(basic) ? { ...device, ...basic } : device;
}

function basicDevice({ name, ...basic }: Fields): Fields {
  return { ...(name === undefined ? {} : { name }), basic };
}
