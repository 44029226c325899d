/** RoleBindings. */
import type { RoleBinding } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './rules.ts';

export const roleBinding: Strategy<RoleBinding> = {
  validated: true,
  allowCreateOnUpdate: true,
  defaults: defaultBinding,
  validateName: pathSegmentName,
  validate: (object) => validateBinding(object, true),
  validateUpdate: (object, old) => [...validateBinding(object, true), ...validateBindingUpdate(object, old)],
  columns: [
    nameColumn(),
    text('Role', 'The role that is granted.', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn(),
    ...bindingColumns<RoleBinding>(),
  ],
};
