/** FlowSchemas. */
import type { FlowSchema } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';

const PRECEDENCE_DEFAULT = 1000;

export const flowSchema: Strategy<FlowSchema> = {
  validated: false,
  defaults({ spec }) {
    if (spec !== undefined) spec.matchingPrecedence ||= PRECEDENCE_DEFAULT;
  },
  ...specAndStatus<FlowSchema>(() => ({})),
  columns: [
    nameColumn(),
    text('PriorityLevel', 'Where its requests queue.', ({ spec }) => spec?.priorityLevelConfiguration.name ?? ''),
    integer('MatchingPrecedence', 'Lower is asked first.', ({ spec }) => spec?.matchingPrecedence ?? 0),
    text('DistinguisherMethod', 'What separates its flows.', ({ spec }) => spec?.distinguisherMethod?.type ?? '<none>'),
    ageColumn(),
    text(
      'MissingPL',
      'Whether its priority level does not exist.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
    ),
  ],
};
