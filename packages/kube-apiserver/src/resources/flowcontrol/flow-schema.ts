/** FlowSchemas. */
import { type FlowSchema, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { validateConditions } from './conditions.ts';
import { validateFlowSchema } from './flow-schema-validation.ts';

const PRECEDENCE_DEFAULT = 1000;

export const flowSchema: Strategy<FlowSchema> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate: validateFlowSchema,
  defaults({ spec }) {
    if (spec !== undefined) spec.matchingPrecedence ||= PRECEDENCE_DEFAULT;
  },
  ...specAndStatus<FlowSchema>(() => ({})),
  status: { validateUpdate: ({ status }) => validateConditions(status?.conditions, path('status', 'conditions')) },
  columns: [
    nameColumn(),
    text('PriorityLevel', 'Where its requests queue.', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
    text('MatchingPrecedence', 'Lower is asked first.', ({ spec }) => spec?.matchingPrecedence ?? 0),
    text('DistinguisherMethod', 'What separates its flows.', ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>'),
    ageColumn(),
    text(
      'MissingPL',
      'Whether its priority level does not exist.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
};
