/** PodTemplates. */
import { type PodTemplate, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { containerColumns, mapText, nameColumn, text } from '../columns.ts';
import { defaultPodTemplate } from '../pod-spec/defaults.ts';
import { validatePodTemplate } from '../pod-spec/pod-spec.ts';
import { bumpGeneration } from '../preparation.ts';

export const podTemplate: Strategy<PodTemplate> = {
  validated: true,
  defaults: ({ template }) => defaultPodTemplate(template),
  prepareForCreate(draft) {
    draft.metadata.generation = 1;
  },
  prepareForUpdate: (draft, old) => bumpGeneration(draft, old, ({ template }) => template),
  validate: ({ template }) => validatePodTemplate(template, path('template')),
  validateUpdate: ({ template }) => validatePodTemplate(template, path('template')),
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>(({ template }) => template).map((column) => ({ ...column, priority: 0 })),
    text('Pod Labels', 'Labels of pods made from it.', ({ template }) => mapText(template?.metadata?.labels)),
  ],
};
