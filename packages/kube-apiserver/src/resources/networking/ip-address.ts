/** IPAddresses: written by the allocator. */
import { type FieldError, fieldErrors, type IPAddress, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { canonicalAddress, validateIp } from '../addresses.ts';
import { empty, immutableStruct, invalidFor, required } from '../checks.ts';
import { nameColumn, text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';

export const ipAddress: Strategy<IPAddress> = {
  validated: true,
  validateName: addressErrors,
  validate,
  validateUpdate: ({ spec }, old) =>
    immutableStruct(
      spec.parentRef,
      old.spec.parentRef,
      'k8s.io/api/networking/v1.ParentReference',
      path('spec', 'parentRef'),
    ),
  columns: [nameColumn(), text('ParentRef', 'Who has it.', parentText)],
};

/** The name is the address, in the one form that makes equal addresses equal names. */
function addressErrors(name: string): readonly string[] {
  const [problem] = validateIp(name, path('metadata', 'name'));
  if (problem !== undefined) return [problem.message.replace(/^.*?": /, '')];
  const canonical = canonicalAddress(name);
  return canonical === name ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

function validate({ spec }: IPAddress): FieldError[] {
  const at = path('spec', 'parentRef');
  const parent = spec.parentRef;
  if (parent === undefined) return [fieldErrors.required(at, '')];
  const segment = (field: 'resource' | 'name' | 'namespace'): FieldError[] =>
    empty(parent[field]) ? [] : invalidFor(pathSegmentName(parent[field], false), parent[field], at.child(field));
  return [
    ...(empty(parent.group) ? [] : invalidFor(names.dns1123Subdomain(parent.group), parent.group, at.child('group'))),
    ...required(parent.resource, at.child('resource')),
    ...segment('resource'),
    ...required(parent.name, at.child('name')),
    ...segment('name'),
    ...segment('namespace'),
  ];
}

function parentText({ spec }: IPAddress): string {
  const parent = spec.parentRef;
  if (parent === undefined) return '<none>';
  return [parent.group ? `${parent.resource}.${parent.group}` : parent.resource, parent.namespace, parent.name]
    .filter(Boolean)
    .join('/');
}
