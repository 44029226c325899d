/** CSINodes. */
import {
  type CSINode,
  driverNameErrors,
  type FieldError,
  fieldErrors,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each, invalidFor, nonNegative, required, unique } from '../checks.ts';
import { ageColumn, integer, nameColumn } from '../columns.ts';

const NODE_ID_CHARACTERS_MAX = 256; // The CSI specification's bound, since v1.25.
const DRIVERS = path('spec', 'drivers');

type Driver = CSINode['spec']['drivers'][number];

export const csiNode: Strategy<CSINode> = {
  validated: true,
  validate,
  validateUpdate: (object, old) => [...validate(object), ...validateChange(object, old)],
  columns: [
    nameColumn(),
    integer('Drivers', 'Drivers on the node.', ({ spec }) => (spec.drivers ?? []).length),
    ageColumn(),
  ],
};

function validate({ spec }: CSINode): FieldError[] {
  return [
    ...each(spec.drivers, DRIVERS, validateDriver),
    ...unique(spec.drivers, ({ name }, index) => ({ value: name, at: DRIVERS.index(index).child('name') })),
  ];
}

function validateDriver({ name, nodeID, allocatable, topologyKeys }: Driver, at: typeof DRIVERS): FieldError[] {
  const long = `must be ${NODE_ID_CHARACTERS_MAX} characters or less`;
  return [
    ...driverNameErrors(name, at.child('name')),
    ...required(nodeID, at.child('nodeID')),
    ...(nodeID.length > NODE_ID_CHARACTERS_MAX ? [fieldErrors.invalid(at.child('nodeID'), nodeID, long)] : []),
    ...nonNegative(allocatable?.count, at.child('allocatable', 'count')),
    ...(topologyKeys ?? []).flatMap((key) => [
      ...required(key, at),
      ...invalidFor(names.qualifiedName(key), topologyKeys, at),
    ]),
    ...unique(topologyKeys, (key) => ({ value: key, at })),
  ];
}

/** A driver that is known keeps its identity; only what it can hold changes (KEP-4876). The field's name is upstream's. */
function validateChange({ spec }: CSINode, old: CSINode): FieldError[] {
  return each(spec.drivers, DRIVERS, (driver) => {
    const before = (old.spec.drivers ?? []).find(({ name }) => name === driver.name);
    const same = before === undefined || semanticEqual(identity(driver), identity(before));
    return same ? [] : [fieldErrors.invalid(path('CSINodeDriver'), driver, 'field is immutable')];
  });
}

function identity({ name, nodeID, topologyKeys }: Driver): unknown {
  return { name, nodeID, topologyKeys: topologyKeys ?? [] };
}
