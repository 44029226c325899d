/**
 * resource.k8s.io/v1beta1 and later: what a request asks for moved into `exactly`, what a device is out of `basic` (KEP-4381).
 */
import type { ResourceInfo } from '@steersman/api';
import type { Conversion } from './conversions.ts';
import { type Edit, eachOf, type Fields, isFields, within, withSpec } from './field-edits.ts';

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
  const change = CHANGES[served.plural];
  if (change === undefined) return undefined;
  return {
    fromStored: (object) => withSpec(object, served, change.older),
    toStored: (object) => withSpec(object, stored, change.newer),
  };
}

const CHANGES: Readonly<Record<string, { readonly older: Edit; readonly newer: Edit }>> = {
  resourceclaims: { older: requestsEdit(flatRequest), newer: requestsEdit(exactRequest) },
  resourceclaimtemplates: {
    older: templateEdit(requestsEdit(flatRequest)),
    newer: templateEdit(requestsEdit(exactRequest)),
  },
  resourceslices: { older: devicesEdit(basicDevice), newer: devicesEdit(plainDevice) },
};

function templateEdit(edit: Edit): Edit {
  return (spec) => within(spec, 'spec', edit);
}

function requestsEdit(edit: Edit): Edit {
  return (spec) => within(spec, 'devices', (devices) => eachOf(devices, 'requests', edit));
}

function devicesEdit(edit: Edit): Edit {
  return (spec) => eachOf(spec, 'devices', edit);
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
