/** What may only be used where a quota covers it: `limitedResources` in the configuration of ResourceQuota (KEP-337). */
import { type Amounts, ApiError, isInScope, type KubeObject, type ResourceQuota } from '@steersman/api';
import { ConfigurationError } from '../configuration-error.ts';
import type { AdmissionRequest } from './contract.ts';
import { forbidden } from './request.ts';

type Requirement = NonNullable<
  NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']
>[number];

export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Parts of the names of amounts that need a quota. */
  readonly matchContains?: readonly string[];
  /** Objects in these scopes need a quota that names the scope. */
  readonly matchScopes?: readonly Requirement[];
}

/** Upstream has had two names for the same kind. */
const KINDS: ReadonlySet<string> = new Set([
  'apiserver.config.k8s.io/v1 ResourceQuotaConfiguration',
  'resourcequota.admission.k8s.io/v1beta1 Configuration',
  'resourcequota.admission.k8s.io/v1alpha1 Configuration',
]);

/** Reads the configuration of ResourceQuota; throws ConfigurationError. An empty one limits nothing. */
export function limitedResources(told: Readonly<Record<string, unknown>>): readonly LimitedResource[] {
  if (Object.keys(told).length === 0) return [];
  const { apiVersion, kind, limitedResources: list = [] } = told;
  if (!KINDS.has(`${apiVersion} ${kind}`))
    throw refused('is no ResourceQuotaConfiguration of apiserver.config.k8s.io/v1');
  if (!Array.isArray(list) || !list.every(isLimited)) throw refused('has limitedResources that name no resource');
  return list;
}

function isLimited(entry: unknown): entry is LimitedResource {
  const { resource } = (entry ?? {}) as { readonly resource?: unknown };
  return typeof resource === 'string' && resource !== '';
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError('bad-flag', `the configuration of ResourceQuota ${why}`);
}

/** Refuses what uses something limited that no quota covers. `covered` are the names that matching quotas count. */
export function refuseUncovered(
  request: AdmissionRequest,
  limited: readonly LimitedResource[],
  usage: Amounts,
  quotas: readonly ResourceQuota[],
  covered: ReadonlySet<string>,
): void {
  const { group, plural } = request.resource;
  const own = limited.filter(({ apiGroup = '', resource }) => apiGroup === group && resource === plural);
  const parts = own.flatMap(({ matchContains = [] }) => matchContains);
  const names = [...usage].filter(([name, amount]) => amount.sign() > 0 && parts.some((part) => name.includes(part)));
  const missing = names.map(([name]) => name).filter((name) => !covered.has(name));
  if (missing.length > 0) throw forbidden(request, `insufficient quota to consume: ${missing.toSorted().join(',')}`);
  const scopes = uncoveredScopes(request, limited, quotas);
  if (scopes.length === 0) return;
  const message = `insufficient quota to match these scopes: [${scopes.map(scopeText).join(' ')}]`;
  // Upstream's evaluator makes no Forbidden of it.
  throw new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });
}

function uncoveredScopes(
  request: AdmissionRequest,
  limited: readonly LimitedResource[],
  quotas: readonly ResourceQuota[],
): readonly Requirement[] {
  const { group, plural } = request.resource;
  const object = request.object as unknown as KubeObject;
  const holds = (requirement: Requirement) => {
    const scopeSelector = { matchExpressions: [requirement] };
    return isInScope({ metadata: {}, spec: { scopeSelector } }, `${group}/${plural}`, object);
  };
  const covered = new Set(
    quotas
      .flatMap(scopesOf)
      .filter(holds)
      .map(({ scopeName }) => scopeName),
  );
  return limited
    .flatMap(({ matchScopes = [] }) => matchScopes)
    .filter((requirement) => holds(requirement) && !covered.has(requirement.scopeName));
}

function scopesOf({ spec }: ResourceQuota): readonly Requirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName): Requirement => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** As Go shows a struct. */
function scopeText({ scopeName, operator, values = [] }: Requirement): string {
  return `{${scopeName} ${operator} [${values.join(' ')}]}`;
}
