/** PodTemplates. */
import { type Draft, type PodTemplate, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { containerColumns, mapText, nameColumn, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { dropDisabledTemplateFields } from '../pod-spec/disabled-fields.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { podTemplateWarnings } from '../pod-spec/warnings.ts';
import { bumpGeneration } from '../preparation.ts';

const TEMPLATE = path('template');

export const podTemplate: Strategy<PodTemplate> = {
  validated: true,
  defaults: ({ template }) => defaultPodTemplate(template),
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
    dropDisabledTemplateFields(draft.template as Draft<PodTemplate>['template'], undefined);
  },
  prepareForUpdate(draft, old) {
    dropDisabledTemplateFields(draft.template, old.template);
    bumpGeneration(draft, old, ({ template }) => template);
  },
  validate: ({ template }) => validatePodTemplate(template, TEMPLATE),
  validateUpdate: ({ template }) => validatePodTemplate(template, TEMPLATE),
  warnings: ({ template }) => podTemplateWarnings(template, TEMPLATE),
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>(({ template }) => template).map((column) => ({ ...column, priority: 0 })),
    text('Pod Labels', 'Labels of pods made from it.', ({ template }) => mapText(template?.metadata?.labels)),
  ],
};
