/** What a FlowSchema may say. */
import { type FieldError, type FlowSchema, fieldErrors, names, path, semanticEqual } from '@steersman/api';
import { flowSchemas } from '../../bootstrap/flow-control.ts';
import { each, empty, invalidFor } from '../checks.ts';
import { validateConditions } from './conditions.ts';
import { validateRules } from './rules.ts';

const SPEC = path('spec');
const PRECEDENCE_MAX = 10000; // flowcontrol.FlowSchemaMaxMatchingPrecedence: the one of catch-all.
const METHODS = ['ByNamespace', 'ByUser'];
const MANDATORY = ['exempt', 'catch-all'];

type Spec = NonNullable<FlowSchema['spec']>;

export function validateFlowSchema({ metadata, spec, status }: FlowSchema): FieldError[] {
  if (spec === undefined) return [];
  const level = spec.priorityLevelConfiguration?.name;
  const levelAt = SPEC.child('priorityLevelConfiguration', 'name');
  const method = spec.distinguisherMethod;
  return [
    ...validatePrecedence(spec.matchingPrecedence ?? 0, metadata.name),
    ...(method === undefined || METHODS.includes(method.type)
      ? []
      : [fieldErrors.notSupported(SPEC.child('distinguisherMethod', 'type'), method, METHODS)]),
    ...(empty(level)
      ? [fieldErrors.required(levelAt, 'must reference a priority level')]
      : invalidFor(names.dns1123Subdomain(level), level, levelAt)),
    ...each(spec.rules, SPEC.child('rules'), validateRules),
    ...validateMandatory(metadata.name, spec),
    ...validateConditions(status?.conditions, path('status', 'conditions')),
  ];
}

function validatePrecedence(precedence: number, name: string | undefined): FieldError[] {
  const at = SPEC.child('matchingPrecedence');
  if (precedence <= 0) return [fieldErrors.invalid(at, precedence, 'must be a positive value')];
  if (precedence > PRECEDENCE_MAX)
    return [fieldErrors.invalid(at, precedence, `must not be greater than ${PRECEDENCE_MAX}`)];
  if (precedence !== 1 || name === 'exempt') return [];
  return [fieldErrors.invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")];
}

function validateMandatory(name: string | undefined, spec: Spec): FieldError[] {
  if (name === undefined || !MANDATORY.includes(name)) return [];
  const fixed = flowSchemas.find(({ metadata }) => metadata.name === name)?.spec;
  if (fixed === undefined || semanticEqual(spec, fixed)) return [];
  return [fieldErrors.invalid(SPEC, spec, `spec of '${name}' must equal the fixed value`)];
}
