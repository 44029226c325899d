import {
  type Container,
  type Draft,
  type LimitRangeItem,
  type PersistentVolumeClaim,
  type Pod,
  parseQuantity,
  type Quantity,
  Resources,
} from '@steersman/api';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import { quantityOf } from '../resources/pod-spec/quantities.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { forbidden, isWriteOf, list } from './request.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';
type Amounts = Readonly<Record<string, string>>;
interface Use {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** Holds pods and claims to the LimitRanges of their namespace, and fills in the defaults these give. */
export function limitRanger({ holdsAny }: Pick<ExtensionDependencies, 'holdsAny'>): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles: (request) =>
      (isWriteOf(request, '/pods', 'create') || isWriteOf(request, '/persistentvolumeclaims', 'create', 'update')) &&
      holdsAny('limitranges', request.namespace),
    async mutate(request) {
      if (request.resource.plural !== 'pods') return;
      for (const item of await limitsOf(request))
        if (item.type === 'Container') setDefaults(request.object as Draft<Pod>, item);
    },
    async validate(request) {
      const problems = (await limitsOf(request)).flatMap((item) =>
        usesOf(request, item.type).flatMap((use) => violations(item, use)),
      );
      if (problems.length === 1) throw forbidden(request, problems[0] ?? '');
      if (problems.length > 1) throw forbidden(request, `[${problems.join(', ')}]`);
    },
  };
}

async function limitsOf(request: AdmissionRequest): Promise<readonly LimitRangeItem[]> {
  return (await list(request, Resources.limitRanges, request.namespace)).flatMap(({ spec }) => spec?.limits ?? []);
}

function setDefaults(pod: Draft<Pod>, item: LimitRangeItem): void {
  const notes: string[] = [];
  const all: readonly (readonly [Draft<Container>, string])[] = [
    ...pod.spec.containers.map((container) => [container, 'container'] as const),
    ...(pod.spec.initContainers ?? []).map((container) => [container, 'init container'] as const),
  ];
  for (const [container, what] of all) {
    container.resources ??= {};
    // Requests first: a limit that is only a default must not become the request.
    const requests = fill(container.resources, 'requests', item.defaultRequest);
    const limits = fill(container.resources, 'limits', item.default);
    if (requests.length > 0) notes.push(`${requests.join(', ')} request for ${what} ${container.name}`);
    if (limits.length > 0) notes.push(`${limits.join(', ')} limit for ${what} ${container.name}`);
  }
  if (notes.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}`,
    };
}

function fill(
  resources: NonNullable<Draft<Container>['resources']>,
  field: 'requests' | 'limits',
  defaults: Amounts | undefined,
): string[] {
  const missing = Object.entries(defaults ?? {}).filter(([name]) => resources[field]?.[name] === undefined);
  if (missing.length > 0) resources[field] = { ...resources[field], ...Object.fromEntries(missing) };
  return missing.map(([name]) => name).toSorted();
}

/** What the object uses, as this type of limit counts it. */
function usesOf(request: AdmissionRequest, type: string): Use[] {
  if (request.resource.plural === 'persistentvolumeclaims') {
    const claim = request.object as unknown as PersistentVolumeClaim;
    return type === 'PersistentVolumeClaim' ? [{ requests: claim.spec.resources?.requests ?? {}, limits: {} }] : [];
  }
  const { spec } = request.object as unknown as Pod;
  const use = ({ resources }: Container): Use => ({
    requests: resources?.requests ?? {},
    limits: resources?.limits ?? {},
  });
  if (type === 'Container') return [...spec.containers, ...(spec.initContainers ?? [])].map(use);
  return type === 'Pod' ? [total(spec.containers.map(use), (spec.initContainers ?? []).map(use))] : [];
}

/** Containers run together, init containers one after the other: the larger of sum and maximum. */
function total(containers: readonly Use[], init: readonly Use[]): Use {
  const add = (field: keyof Use): Amounts => {
    const sums = new Map<string, Quantity>();
    for (const use of containers)
      for (const [name, text] of Object.entries(use[field]))
        sums.set(name, sums.get(name)?.add(parseQuantity(text)) ?? parseQuantity(text));
    for (const use of init) {
      for (const [name, text] of Object.entries(use[field])) {
        const quantity = parseQuantity(text);
        const current = sums.get(name);
        if (current === undefined || quantity.compare(current) > 0) sums.set(name, quantity);
      }
    }
    return Object.fromEntries([...sums].map(([name, quantity]) => [name, quantity.toString()]));
  };
  return { requests: add('requests'), limits: add('limits') };
}

function violations({ type, min, max, maxLimitRequestRatio }: LimitRangeItem, use: Use): string[] {
  return [
    ...Object.entries(min ?? {}).flatMap(([name, text]) => belowMinimum(name, text, type, use)),
    ...Object.entries(max ?? {}).flatMap(([name, text]) => aboveMaximum(name, text, type, use)),
    ...Object.entries(maxLimitRequestRatio ?? {}).flatMap(([name, text]) => aboveRatio(name, text, type, use)),
  ];
}

function belowMinimum(name: string, text: string, type: string, { requests, limits }: Use): string[] {
  const bound = parseQuantity(text);
  const request = quantityOf(requests[name]);
  const limit = quantityOf(limits[name]);
  const head = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return [`${head}. No request is specified`];
  if (request.compare(bound) < 0) return [`${head}, but request is ${request}`];
  return limit !== undefined && limit.compare(bound) < 0 ? [`${head}, but limit is ${limit}`] : [];
}

function aboveMaximum(name: string, text: string, type: string, { requests, limits }: Use): string[] {
  const bound = parseQuantity(text);
  const request = quantityOf(requests[name]);
  const limit = quantityOf(limits[name]);
  const head = `maximum ${name} usage per ${type} is ${bound}`;
  // Claims have no limits: what they request is what they use.
  if (type === 'PersistentVolumeClaim')
    return request !== undefined && request.compare(bound) > 0 ? [`${head}, but request is ${request}`] : [];
  if (limit === undefined) return [`${head}. No limit is specified`];
  if (limit.compare(bound) > 0) return [`${head}, but limit is ${limit}`];
  return request !== undefined && request.compare(bound) > 0 ? [`${head}, but request is ${request}`] : [];
}

function aboveRatio(name: string, text: string, type: string, { requests, limits }: Use): string[] {
  const bound = parseQuantity(text);
  const request = quantityOf(requests[name]);
  const limit = quantityOf(limits[name]);
  const head = `${name} max limit to request ratio per ${type} is ${bound}`;
  if (request === undefined || request.isZero()) return [`${head}, but no request is specified or request is 0`];
  if (limit === undefined || limit.isZero()) return [`${head}, but no limit is specified or limit is 0`];
  const ratio = limit.toNumber() / request.toNumber();
  return ratio > bound.toNumber() ? [`${head}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}
