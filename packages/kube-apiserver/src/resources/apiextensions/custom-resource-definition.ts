/** CustomResourceDefinitions: checked and stored, and not served yet. They never report Established. */
import type { CustomResourceDefinition, Draft } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { inertWarning } from '../admissionregistration/webhook-configuration.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { specAndStatus } from '../preparation.ts';
import { validateDefinition, validateDefinitionUpdate } from './definition-validation.ts';

const preparation = specAndStatus<CustomResourceDefinition>(() => ({}));

export const customResourceDefinition: Strategy<CustomResourceDefinition> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    if (spec === undefined) return;
    if (spec.names !== undefined) {
      spec.names.singular ||= (spec.names.kind ?? '').toLowerCase();
      if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  prepareForCreate(draft, context) {
    preparation.prepareForCreate(draft, context);
    recordStorageVersion(draft);
  },
  prepareForUpdate(draft, old, context) {
    preparation.prepareForUpdate(draft, old, context);
    recordStorageVersion(draft);
  },
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  warnings: () => inertWarning('CustomResourceDefinitions'),
  columns: [nameColumn(), createdAtColumn()],
};

/** From now on objects may be stored in this version. */
function recordStorageVersion(draft: Draft<CustomResourceDefinition>): void {
  const version = draft.spec?.versions?.find(({ storage }) => storage === true)?.name;
  if (version === undefined) return;
  const stored = draft.status?.storedVersions ?? [];
  draft.status ??= {};
  if (!stored.includes(version)) draft.status.storedVersions = [...stored, version];
}
