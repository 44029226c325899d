/** ClusterRoles. */
import { type ClusterRole, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { each } from '../checks.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { validateLabelSelector } from '../selectors.ts';
import { validateRules } from './rules.ts';

export const clusterRole: Strategy<ClusterRole> = {
  validated: true,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  validate,
  validateUpdate: validate,
  columns: [nameColumn(), createdAtColumn()],
};

function validate({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const at = path('aggregationRule', 'clusterRoleSelectors');
  const selectors = aggregationRule?.clusterRoleSelectors ?? [];
  const none = aggregationRule !== undefined && selectors.length === 0;
  return [
    ...validateRules(rules, false),
    ...(none
      ? [fieldErrors.required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
      : []),
    ...each(selectors, at, validateLabelSelector),
  ];
}
