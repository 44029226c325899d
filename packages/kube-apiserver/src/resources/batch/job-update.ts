/** What of a Job may change. */
import { type Draft, type FieldError, fieldErrors, type Job, semanticEqual } from '@steersman/api';
import { immutable, immutableStruct } from '../checks.ts';
import { SPEC, validateSelectedSpec } from './job-validation.ts';

type Template = NonNullable<Job['spec']['template']>;
type PodSpec = NonNullable<Template['spec']>;

export function validateJobUpdate(object: Job, old: Job): FieldError[] {
  const { spec } = object;
  const fixed = (field: 'completionMode' | 'backoffLimitPerIndex' | 'managedBy' | 'selector'): FieldError[] =>
    immutable(spec[field], old.spec[field], SPEC.child(field));
  const fixedPolicy = (field: 'podFailurePolicy' | 'successPolicy', type: string): FieldError[] =>
    immutableStruct(spec[field], old.spec[field], `k8s.io/api/batch/v1.${type}`, SPEC.child(field));
  return [
    ...validateSelectedSpec(spec, SPEC),
    ...validateCompletionsChange(object, old),
    ...fixed('selector'),
    ...validateTemplateChange(object, old),
    ...fixed('completionMode'),
    ...fixedPolicy('podFailurePolicy', 'PodFailurePolicy'),
    ...fixed('backoffLimitPerIndex'),
    ...fixed('managedBy'),
    ...fixedPolicy('successPolicy', 'SuccessPolicy'),
  ];
}

/** An indexed job may be resized when parallelism moves along with completions (KEP-3715). */
function validateCompletionsChange({ spec }: Job, old: Job): FieldError[] {
  const at = SPEC.child('completions');
  if (spec.completionMode !== 'Indexed') return immutable(spec.completions, old.spec.completions, at);
  if (spec.completions === old.spec.completions || spec.completions === undefined) return [];
  if (spec.completions === spec.parallelism) return [];
  return [fieldErrors.invalid(at, spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** While a job is suspended and has no pods, where they will run and what they will get may still change (KEP-2926, KEP-5440). */
function validateTemplateChange({ spec }: Job, old: Job): FieldError[] {
  const allowed = isIdle(old) ? withPlacementOf(old.spec.template, spec.template) : old.spec.template;
  return immutableStruct(spec.template, allowed, 'k8s.io/api/core/v1.PodTemplateSpec', SPEC.child('template'));
}

function isIdle({ spec, status }: Job): boolean {
  if (spec.suspend !== true) return false;
  if (!status?.startTime) return true;
  const suspended = status.conditions?.some(
    (condition) => condition.type === 'Suspended' && condition.status === 'True',
  );
  return suspended === true && (status.active ?? 0) === 0;
}

/** The old template with everything of the new one that an idle job may change. */
function withPlacementOf(old: Template, now: Template): Template {
  const made = structuredClone(old) as Draft<Template>;
  const from = structuredClone(now) as Draft<Template>;
  if (made.spec === undefined || from.spec === undefined) return old;
  const { nodeSelector, tolerations, schedulingGates } = from.spec;
  Object.assign(made.spec, { nodeSelector, tolerations, schedulingGates, affinity: affinityOf(old.spec, now.spec) });
  for (const field of ['containers', 'initContainers'] as const)
    for (const container of made.spec[field] ?? []) {
      const found = from.spec[field]?.find(({ name }) => name === container.name);
      if (found !== undefined) Object.assign(container, { resources: found.resources });
    }
  made.metadata = { ...made.metadata };
  Object.assign(made.metadata, { labels: from.metadata?.labels, annotations: from.metadata?.annotations });
  return made as unknown as Template;
}

/** Only the affinity to nodes is free. */
function affinityOf(old: PodSpec | undefined, now: PodSpec | undefined): unknown {
  const { nodeAffinity: _free, ...kept } = old?.affinity ?? {};
  if (now?.affinity === undefined) return semanticEqual(kept, {}) ? undefined : kept;
  return { ...kept, nodeAffinity: now.affinity.nodeAffinity };
}
