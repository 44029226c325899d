/** CSINodes. */
import { type CSINode, driverNameErrors, type FieldError, fieldErrors, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, immutableStruct, invalidFor, nonNegative, required } from '../checks.ts';
import { ageColumn, integer, nameColumn } from '../columns.ts';

const NODE_ID_CHARACTERS_MAX = 256; // The CSI specification's bound, since v1.25.
const DRIVERS = path('spec', 'drivers');

type Driver = CSINode['spec']['drivers'][number];

export const csiNode: Strategy<CSINode> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateChange(object, old)],
  columns: [
    nameColumn(),
    integer('Drivers', 'Drivers on the node.', ({ spec }) => (spec.drivers ?? []).length),
    ageColumn(),
  ],
};

function validate({ spec }: CSINode): FieldError[] {
  const seen = new Set<string>();
  return each(spec.drivers, DRIVERS, (driver, at) => {
    const twice = seen.has(driver.name) ? [fieldErrors.duplicate(at.child('name'), driver.name)] : [];
    seen.add(driver.name);
    return [...validateDriver(driver, at), ...twice, ...validateTopologyKeys(driver.topologyKeys, at)];
  });
}

function validateDriver({ name, nodeID, allocatable }: Driver, at: typeof DRIVERS): FieldError[] {
  const long = `must be ${NODE_ID_CHARACTERS_MAX} characters or less`;
  return [
    ...driverNameErrors(name, at.child('name')),
    ...required(nodeID, at.child('nodeID')),
    ...(nodeID.length > NODE_ID_CHARACTERS_MAX ? [fieldErrors.invalid(at.child('nodeID'), nodeID, long)] : []),
    ...nonNegative(allocatable?.count, at.child('allocatable', 'count')),
  ];
}

/** Their causes name the driver, not the key's place. */
function validateTopologyKeys(keys: Driver['topologyKeys'], at: typeof DRIVERS): FieldError[] {
  const seen = new Set<string>();
  return (keys ?? []).flatMap((key) => {
    const twice = seen.has(key) ? [fieldErrors.duplicate(at, key)] : [];
    seen.add(key);
    return [...required(key, at), ...twice, ...invalidFor(names.qualifiedName(key), key, at)];
  });
}

/** A driver that is known keeps its identity; only what it can hold changes (KEP-4876). */
function validateChange({ spec }: CSINode, old: CSINode): FieldError[] {
  return (old.spec.drivers ?? []).flatMap((before) => {
    const driver = spec.drivers.find(({ name }) => name === before.name);
    if (driver === undefined) return [];
    return immutableStruct(identity(driver), identity(before), 'k8s.io/api/storage/v1.CSINodeDriver', DRIVERS);
  });
}

function identity({ name, nodeID, topologyKeys }: Driver): unknown {
  return { name, nodeID, topologyKeys };
}
