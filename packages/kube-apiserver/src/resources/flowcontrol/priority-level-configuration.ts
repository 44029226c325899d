/** PriorityLevelConfigurations. */
import { type PriorityLevelConfiguration, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { validateConditions } from './conditions.ts';
import { validatePriorityLevel } from './priority-level-validation.ts';

type Queuing = NonNullable<
  NonNullable<NonNullable<PriorityLevelConfiguration['spec']>['limited']>['limitResponse']
>['queuing'];

export const priorityLevelConfiguration: Strategy<PriorityLevelConfiguration> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate: validatePriorityLevel,
  defaults({ spec }) {
    if (spec?.exempt !== undefined) {
      spec.exempt.nominalConcurrencyShares ??= 0;
      spec.exempt.lendablePercent ??= 0;
    }
    if (spec?.limited === undefined) return;
    spec.limited.nominalConcurrencyShares ??= 30;
    spec.limited.lendablePercent ??= 0;
    const queuing = spec.limited.limitResponse?.queuing;
    if (queuing === undefined) return;
    queuing.queues ||= 64;
    queuing.handSize ||= 8;
    queuing.queueLengthLimit ||= 50;
  },
  ...specAndStatus<PriorityLevelConfiguration>(() => ({})),
  status: { validateUpdate: ({ status }) => validateConditions(status?.conditions, path('status', 'conditions')) },
  columns: [
    nameColumn(),
    text('Type', 'Limited or Exempt.', ({ spec }) => spec?.type ?? ''),
    text('NominalConcurrencyShares', 'Its share of the seats.', ({ spec }) =>
      String(spec?.limited?.nominalConcurrencyShares ?? '<none>'),
    ),
    text('Queues', 'How many queues.', (object) => queuingText(object, 'queues')),
    text('HandSize', 'Queues a flow may use.', (object) => queuingText(object, 'handSize')),
    text('QueueLengthLimit', 'Longest queue.', (object) => queuingText(object, 'queueLengthLimit')),
    ageColumn(),
  ],
};

function queuingText({ spec }: PriorityLevelConfiguration, field: keyof NonNullable<Queuing>): string {
  return String(spec?.limited?.limitResponse?.queuing?.[field] ?? '<none>');
}
