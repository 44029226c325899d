/** IPAddresses: written by the allocator. */
import { type FieldError, type IPAddress, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { immutable, invalidFor, required } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';

export const ipAddress: Strategy<IPAddress> = {
  validated: true,
  validateName: (name, prefix) => (prefix ? [] : names.ip(name)),
  validate,
  validateUpdate: (object, old) => immutable(object.spec.parentRef, old.spec.parentRef, path('spec', 'parentRef')),
  columns: [nameColumn(), text('ParentRef', 'Who has it.', parentText), ageColumn()],
  selectableFields: ({ metadata, spec }) => ({
    'metadata.name': metadata.name ?? '',
    'spec.parentRef.group': spec.parentRef?.group ?? '',
    'spec.parentRef.resource': spec.parentRef?.resource ?? '',
    'spec.parentRef.name': spec.parentRef?.name ?? '',
    'spec.parentRef.namespace': spec.parentRef?.namespace ?? '',
  }),
};

function validate({ metadata, spec }: IPAddress): FieldError[] {
  const at = path('spec', 'parentRef');
  if (spec.parentRef === undefined) return required(undefined, at);
  return [
    ...invalidFor(names.ip(metadata.name ?? ''), metadata.name, path('metadata', 'name')),
    ...required(spec.parentRef.resource, at.child('resource')),
    ...required(spec.parentRef.name, at.child('name')),
  ];
}

function parentText({ spec }: IPAddress): string {
  const parent = spec.parentRef;
  if (parent === undefined) return '<none>';
  return [parent.group ? `${parent.resource}.${parent.group}` : parent.resource, parent.namespace, parent.name]
    .filter(Boolean)
    .join('/');
}
