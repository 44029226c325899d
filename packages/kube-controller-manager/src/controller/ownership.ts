/** Which objects belong to whom: by the owner references they have, and by the selectors of owners that might adopt them. */
import {
  controllerOf,
  isTerminating,
  type KubeObject,
  keyOf,
  labelSelectorMatcher,
  namespaceOf,
  type ResourceType,
  splitKey,
} from '@steersman/api';
import { type Change, type Client, claim, type Expectations, type Informer } from '@steersman/client';
import { objectOf } from './run.ts';

/** An object that keeps others, found by labels. */
export interface Owner extends KubeObject {
  readonly spec: { readonly selector?: Parameters<typeof labelSelectorMatcher>[0] };
}

/** By these an owner finds what it has to look at. */
export const ownershipIndexes = {
  /** By the UID of the managing controller. */
  controller: (object: KubeObject) => {
    const owner = controllerOf(object);
    return owner === undefined ? [] : [owner.uid];
  },
  /** Without a controller, by namespace: what an owner may adopt. */
  orphan: (object: KubeObject) => (controllerOf(object) === undefined ? [namespaceOf(object)] : []),
};

/** What an owner has to look at: the objects it controls and those that nobody does. For informers with `ownershipIndexes`. */
export function candidatesFor<T extends KubeObject>(objects: Informer<T>, owner: KubeObject): readonly T[] {
  return [
    ...objects.byIndex('controller', owner.metadata.uid ?? ''),
    ...objects.byIndex('orphan', namespaceOf(owner)),
  ] as readonly T[];
}

/** The key of the object's controller, if that is of the kind. */
export function controllerKeyOf(object: KubeObject, kind: string): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? `${namespaceOf(object)}/${owner.name}` : undefined;
}

/** The owners that an object's change concerns: its controller, the one before, or who might adopt it. */
export function ownersOf<T extends KubeObject>(
  change: Change<T>,
  kind: string,
  owners: Pick<Informer<Owner>, 'list'>,
): readonly string[] {
  const versions = change.kind === 'updated' ? [change.object, change.previous] : [objectOf(change)];
  const keys = new Set<string>();
  for (const object of versions) {
    const key = controllerKeyOf(object, kind);
    if (key !== undefined) keys.add(key);
    if (controllerOf(object) !== undefined || change.kind === 'deleted') continue;
    for (const owner of owners.list(namespaceOf(object)))
      if (labelSelectorMatcher(owner.spec.selector).matches(object.metadata.labels ?? {})) keys.add(keyOf(owner));
  }
  return [...keys];
}

/** Keeps the expectations of owners of the kind in step with what the cache shows. */
export function observe<T extends KubeObject>(expectations: Expectations, change: Change<T>, kind: string): void {
  const object = objectOf(change);
  const key = controllerKeyOf(object, kind);
  if (key === undefined) return;
  if (change.kind === 'added') expectations.creationObserved(key);
  if (change.kind === 'deleted' || isTerminating(object)) expectations.deletionObserved(key, keyOf(object));
}

export interface ClaimOptions<T extends KubeObject> {
  readonly client: Client;
  readonly owner: Owner;
  readonly ownerType: ResourceType;
  readonly candidates: readonly T[];
  readonly candidateType: ResourceType<T>;
  /** Put on what is adopted. */
  readonly finalizers?: readonly string[];
  readonly signal: AbortSignal;
}

/** `claim` by the owner's selector; the server is asked for the owner before anything is adopted. */
export function claimSelected<T extends KubeObject>(options: ClaimOptions<T>): Promise<readonly T[]> {
  const { client, owner, ownerType, candidateType, signal } = options;
  return claim({
    ...options,
    selector: labelSelectorMatcher(owner.spec.selector),
    client: client.resource(candidateType),
    mayAdopt: async () => {
      const fresh = await client.resource(ownerType).find(splitKey(keyOf(owner)), { signal });
      return fresh !== undefined && fresh.metadata.uid === owner.metadata.uid && !isTerminating(fresh);
    },
  });
}
