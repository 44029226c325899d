/** Roles. */
import type { Role } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { validateRules } from './rules.ts';

export const role: Strategy<Role> = {
  validated: true,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  validate: ({ rules }) => validateRules(rules, true),
  validateUpdate: ({ rules }) => validateRules(rules, true),
  columns: [nameColumn(), createdAtColumn()],
};
