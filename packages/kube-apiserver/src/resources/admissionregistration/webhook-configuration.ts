/** Webhook configurations: checked and stored, and not called yet. */
import type { Draft, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { ageColumn, integer, nameColumn } from '../columns.ts';
import { bumpGeneration } from '../preparation.ts';
import { validateWebhooks } from './webhook-validation.ts';

/** What the writer of an object that has no effect yet is told. */
export function inertWarning(what: string): readonly string[] {
  return [`${what} are stored but have no effect in this version`];
}

const TIMEOUT_SECONDS_DEFAULT = 10;
type Webhook = NonNullable<Draft<ValidatingWebhookConfiguration>['webhooks']>[number];

function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= TIMEOUT_SECONDS_DEFAULT;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

export const validatingWebhookConfiguration: Strategy<ValidatingWebhookConfiguration> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  validateUpdate: ({ webhooks }, old) => validateWebhooks(webhooks, old.webhooks ?? []),
  defaults: ({ webhooks }) => webhooks?.forEach(defaultWebhook),
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  prepareForUpdate: (draft, old) => bumpGeneration(draft, old, ({ webhooks }) => webhooks),
  warnings: () => inertWarning('ValidatingWebhookConfigurations'),
  columns: [
    nameColumn(),
    integer('Webhooks', 'How many webhooks.', ({ webhooks }) => (webhooks ?? []).length),
    ageColumn(),
  ],
};

export const mutatingWebhookConfiguration: Strategy<MutatingWebhookConfiguration> = {
  validated: true,
  allowUnconditionalUpdate: false,
  validate: ({ webhooks }) => validateWebhooks(webhooks),
  validateUpdate: ({ webhooks }, old) => validateWebhooks(webhooks, old.webhooks ?? []),
  defaults: ({ webhooks }) =>
    webhooks?.forEach((webhook) => {
      defaultWebhook(webhook as Webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }),
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  prepareForUpdate: (draft, old) => bumpGeneration(draft, old, ({ webhooks }) => webhooks),
  warnings: () => inertWarning('MutatingWebhookConfigurations'),
  columns: [
    nameColumn(),
    integer('Webhooks', 'How many webhooks.', ({ webhooks }) => (webhooks ?? []).length),
    ageColumn(),
  ],
};
