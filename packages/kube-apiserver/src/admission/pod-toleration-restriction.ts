import { type Draft, errors, type Namespace, type Pod, Resources, type Toleration } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, isWriteOf } from './request.ts';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const WHITELIST = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';

export interface TolerationConfiguration {
  readonly default?: readonly Toleration[];
  readonly whitelist?: readonly Toleration[];
}

/** Pods get the tolerations of their namespace, and no others than it allows. `configuration` is for namespaces that say nothing. */
export function podTolerationRestriction(configuration: TolerationConfiguration): AdmissionPlugin {
  return {
    name: 'PodTolerationRestriction',
    handles: (request) => isWriteOf(request, '/pods', 'create', 'update'),
    async mutate(request) {
      const namespace = await namespaceOf(request);
      const { spec } = request.object as Draft<Pod>;
      if (request.operation === 'create') {
        const added = annotated(namespace, DEFAULTS) ?? configuration.default ?? [];
        spec.tolerations = merged(added, spec.tolerations ?? []) as Draft<Toleration>[];
      }
      await check(namespace, configuration, spec.tolerations ?? []);
    },
    async validate(request) {
      await check(await namespaceOf(request), configuration, (request.object as Pod).spec.tolerations ?? []);
    },
  };
}

async function namespaceOf(request: AdmissionRequest): Promise<Namespace> {
  const found = await find(request, Resources.namespaces, { name: request.namespace });
  if (found === undefined) throw errors.notFound({ group: '', resource: 'namespaces' }, request.namespace);
  return found;
}

function annotated(namespace: Namespace, annotation: string): readonly Toleration[] | undefined {
  const text = namespace.metadata.annotations?.[annotation];
  if (text === undefined || text === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.length > 0 ? (parsed as Toleration[]) : undefined;
  } catch (error) {
    throw errors.internal(`annotation ${annotation} of namespace ${namespace.metadata.name}: ${String(error)}`);
  }
}

function merged(first: readonly Toleration[], second: readonly Toleration[]): readonly Toleration[] {
  const all = [...first, ...second];
  return all.filter(
    (one, index) => !all.some((other, at) => at !== index && covers(other, one) && (at < index || !covers(one, other))),
  );
}

async function check(
  namespace: Namespace,
  configuration: TolerationConfiguration,
  tolerations: readonly Toleration[],
): Promise<void> {
  const allowed = annotated(namespace, WHITELIST) ?? configuration.whitelist ?? [];
  if (allowed.length === 0 || tolerations.every((one) => allowed.some((other) => covers(other, one)))) return;
  throw errors.internal(
    'pod tolerations (possibly merged with namespace default tolerations) conflict with its namespace whitelist',
  );
}

/** Whether everything that `narrow` tolerates, `wide` does too. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (wide.key !== undefined && wide.key !== '' && wide.key !== narrow.key) return false;
  if (wide.effect !== undefined && wide.effect !== '' && wide.effect !== narrow.effect) return false;
  if (wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false;
  }
  if (wide.operator === 'Exists') return true;
  return narrow.operator !== 'Exists' && (wide.value ?? '') === (narrow.value ?? '');
}
