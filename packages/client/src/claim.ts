import {
  controllerOf,
  isInvalid,
  isNotFound,
  isTerminating,
  type KubeObject,
  type LabelMatcher,
  nameOf,
  ownerReferenceTo,
  type ResourceType,
  uidOf,
} from '@steersman/api';
import type { ResourceClient } from './contract.ts';

/** What a controller's selector and the objects' owner references say about who owns what. */
export interface ClaimPlan<T> {
  /** Owned and matching. */
  readonly owned: readonly T[];
  /** Matching, without a controller: ours to take. */
  readonly adopt: readonly T[];
  /** Owned, and no longer matching: to let go. */
  readonly release: readonly T[];
}

/**
 * Decides which of the candidates (of the owner's namespace) belong to the owner. An owner on its way out adopts and
 * releases nothing; an object on its way out is never adopted.
 */
export function planClaims<T extends Pick<KubeObject, 'metadata'>>(
  owner: Pick<KubeObject, 'metadata'>,
  selector: Pick<LabelMatcher, 'matches'>,
  candidates: readonly T[],
): ClaimPlan<T> {
  const owned: T[] = [];
  const adopt: T[] = [];
  const release: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = selector.matches(object.metadata.labels ?? {});
    if (controller !== undefined) {
      if (controller.uid !== uidOf(owner)) continue;
      if (matches) owned.push(object);
      else if (!isTerminating(owner)) release.push(object);
    } else if (matches && !isTerminating(owner) && !isTerminating(object)) {
      adopt.push(object);
    }
  }
  return { owned, adopt, release };
}

export interface ClaimOptions<T extends KubeObject> {
  readonly owner: Pick<KubeObject, 'metadata'>;
  readonly ownerType: ResourceType;
  readonly selector: Pick<LabelMatcher, 'matches'>;
  readonly candidates: readonly T[];
  readonly client: ResourceClient<T>;
  /** Whether the owner still exists with the same UID and is not being deleted: asked of the server, before adopting. */
  readonly mayAdopt: () => Promise<boolean>;
  /** Put on an object in the patch that adopts it, such as a job's tracking finalizer. */
  readonly finalizers?: readonly string[];
  readonly signal?: AbortSignal;
}

function keyOfObject(object: Pick<KubeObject, 'metadata'>): { name: string; namespace: string } {
  return { name: nameOf(object), namespace: object.metadata.namespace ?? '' };
}

async function adoptOne<T extends KubeObject>(options: ClaimOptions<T>, object: T): Promise<void> {
  const { owner, ownerType, client, finalizers, signal } = options;
  const metadata = {
    ownerReferences: [ownerReferenceTo(owner, ownerType)],
    uid: uidOf(object), // The server refuses the patch when the name now belongs to another object.
    ...(finalizers === undefined ? {} : { finalizers }),
  };
  await client.patch(
    keyOfObject(object),
    { type: 'strategic', body: { metadata } },
    signal === undefined ? {} : { signal },
  );
}

async function releaseOne<T extends KubeObject>(options: ClaimOptions<T>, object: T): Promise<void> {
  const { owner, client, finalizers, signal } = options;
  const metadata = {
    ownerReferences: [{ $patch: 'delete', uid: uidOf(owner) }],
    uid: uidOf(object),
    ...(finalizers === undefined ? {} : { '$deleteFromPrimitiveList/finalizers': finalizers }),
  };
  try {
    await client.patch(
      keyOfObject(object),
      { type: 'strategic', body: { metadata } },
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    // Gone, or another object by now: either way it is no longer ours. The garbage collector settles the rest.
    if (!isNotFound(error) && !isInvalid(error)) throw error;
  }
}

/**
 * Brings owner references in line with the selector and returns what the owner owns afterwards. Throws when an
 * adoption fails for another reason than the object being gone.
 */
export async function claim<T extends KubeObject>(options: ClaimOptions<T>): Promise<readonly T[]> {
  const plan = planClaims(options.owner, options.selector, options.candidates);
  for (const object of plan.release) await releaseOne(options, object);
  if (plan.adopt.length === 0 || !(await options.mayAdopt())) return plan.owned;
  const owned = [...plan.owned];
  for (const object of plan.adopt) {
    try {
      await adoptOne(options, object);
      owned.push(object);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return owned;
}
