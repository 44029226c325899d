/** Scopes of ResourceQuotas: which pods a quota counts, and what it can count of them. */
import { type FieldError, type FieldPath, fieldErrors, type ResourceQuotaSpec } from '@steersman/api';
import { internalForm } from '../pod-spec/internal-form.ts';
import { isQuotaResource } from '../pod-spec/quantities.ts';

const POD_SCOPES = [
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
];
const SCOPES = [...POD_SCOPES, 'VolumeAttributesClass'];
const ONLY_EXISTS = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'CrossNamespacePodAffinity'];
const PAIRS = [
  ['BestEffort', 'NotBestEffort'],
  ['NotTerminating', 'Terminating'],
] as const;
const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const STORAGE = ['persistentvolumeclaims', 'requests.storage'];

type Selector = NonNullable<ResourceQuotaSpec['scopeSelector']>;
type Requirement = NonNullable<Selector['matchExpressions']>[number];

export function validateScopes(spec: ResourceQuotaSpec, at: FieldPath): FieldError[] {
  const scopes = spec.scopes ?? [];
  const scopesAt = at.child('scopes');
  const invalid = (detail: string) => fieldErrors.invalid(scopesAt, scopes, detail);
  return [
    ...scopes.flatMap((scope) => [
      ...(SCOPES.includes(scope) ? [] : [invalid('unsupported scope')]),
      ...unsupported(spec, scope).map(() => invalid('unsupported scope applied to resource')),
    ]),
    ...conflicts(scopes).map(() => invalid('conflicting scopes')),
    ...validateSelector(spec, at.child('scopeSelector', 'matchExpressions')),
  ];
}

function validateSelector(spec: ResourceQuotaSpec, at: FieldPath): FieldError[] {
  const selector = spec.scopeSelector;
  const requirements = selector?.matchExpressions ?? [];
  return [
    ...requirements.flatMap((requirement) => [
      ...(SCOPES.includes(requirement.scopeName)
        ? []
        : [fieldErrors.invalid(at.child('scopeName'), requirement.scopeName, 'unsupported scope')]),
      ...unsupported(spec, requirement.scopeName).map(() =>
        fieldErrors.invalid(at, internalForm(selector, 'ScopeSelector'), 'unsupported scope applied to resource'),
      ),
      ...validateRequirement(requirement, at),
    ]),
    // Upstream shows the other list here.
    ...conflicts(requirements.map(({ scopeName }) => scopeName)).map(() =>
      fieldErrors.invalid(at, spec.scopes ?? null, 'conflicting scopes'),
    ),
  ];
}

function validateRequirement({ scopeName, operator, values }: Requirement, at: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (ONLY_EXISTS.includes(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(fieldErrors.invalid(at.child('operator'), operator, detail));
  }
  const given = values ?? [];
  switch (operator) {
    case 'In':
    case 'NotIn': {
      const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return given.length === 0 ? [...errors, fieldErrors.required(at.child('values'), detail)] : errors;
    }
    case 'Exists':
    case 'DoesNotExist': {
      const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      return given.length === 0 ? errors : [...errors, fieldErrors.invalid(at.child('values'), given, detail)];
    }
    default:
      return [...errors, fieldErrors.invalid(at.child('operator'), operator, 'not a valid selector operator')];
  }
}

/** The counted resources of our own that the scope says nothing about. */
function unsupported({ hard = {} }: ResourceQuotaSpec, scope: string): string[] {
  return Object.keys(hard).filter((name) => isQuotaResource(name) && !isCounted(scope, name));
}

function isCounted(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods';
  if (scope === 'VolumeAttributesClass') return STORAGE.includes(name);
  return !POD_SCOPES.includes(scope) || name === 'pods' || COMPUTE.includes(name);
}

function conflicts(scopes: readonly string[]): readonly unknown[] {
  return PAIRS.filter((pair) => pair.every((scope) => scopes.includes(scope)));
}
