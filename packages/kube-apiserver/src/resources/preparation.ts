/** What create and update do to most kinds: status belongs to the status subresource, generation follows the spec. */
import { type Draft, type KubeObject, type PodTemplateSpec, semanticEqual } from '@steersman/api';
import type { RequestContext } from '../registry/contract.ts';
import { dropDisabledTemplateFields } from './pod-spec/disabled-fields.ts';

type WithSpec = KubeObject & { readonly spec?: unknown; readonly status?: unknown };
/** Synchronous, so that strategies can build on them. */
interface Preparation<T extends KubeObject> {
  readonly prepareForCreate: (draft: Draft<T>, context: RequestContext) => void;
  readonly prepareForUpdate: (draft: Draft<T>, old: T, context: RequestContext) => void;
}

/** Keeps the generation, or raises it by one when the part that `intent` picks has changed. */
export function bumpGeneration<T extends KubeObject>(
  draft: Draft<T>,
  old: T,
  intent: (object: T) => unknown = (o) => (o as WithSpec).spec,
): void {
  const changed = !semanticEqual(intent(draft as unknown as T) ?? {}, intent(old) ?? {});
  const generation = old.metadata.generation ?? 0;
  const metadata = draft.metadata as Draft<KubeObject>['metadata'];
  if (changed) metadata.generation = generation + 1;
  else if (old.metadata.generation === undefined) delete metadata.generation;
  else metadata.generation = generation;
}

/** A kind with spec and status: status is cleared on create and kept on update, generation starts at 1. */
export function specAndStatus<T extends WithSpec>(
  emptyStatus?: () => unknown,
  intent?: (object: T) => unknown,
): Preparation<T> {
  return {
    prepareForCreate(draft) {
      const object = draft as unknown as Draft<WithSpec>;
      if (emptyStatus === undefined) delete object.status;
      else object.status = emptyStatus();
      (object.metadata as Draft<KubeObject>['metadata']).generation = 1;
    },
    prepareForUpdate(draft, old) {
      keepStatus(draft, old);
      bumpGeneration(draft, old, intent);
    },
  };
}

/** The same for a kind with a pod template: what is behind gates that are off is dropped first. */
export function withTemplate<T extends WithSpec>(
  preparation: Preparation<T>,
  templateOf: (object: T | Draft<T>) => PodTemplateSpec | Draft<PodTemplateSpec> | undefined,
): Preparation<T> {
  return {
    prepareForCreate(draft, context) {
      dropDisabledTemplateFields(templateOf(draft) as Draft<PodTemplateSpec> | undefined, undefined);
      preparation.prepareForCreate(draft, context);
    },
    prepareForUpdate(draft, old, context) {
      dropDisabledTemplateFields(
        templateOf(draft) as Draft<PodTemplateSpec> | undefined,
        templateOf(old) as PodTemplateSpec | undefined,
      );
      preparation.prepareForUpdate(draft, old, context);
    },
  };
}

/** A kind with a spec that has no status. */
export function specOnly<T extends WithSpec>(): Preparation<T> {
  return {
    prepareForCreate(draft) {
      (draft.metadata as Draft<KubeObject>['metadata']).generation = 1;
    },
    prepareForUpdate(draft, old) {
      bumpGeneration(draft, old);
    },
  };
}

/** Status isolation without a generation (upstream never counted one for these kinds). */
export function statusOnly<T extends WithSpec>(emptyStatus?: () => unknown): Preparation<T> {
  return {
    prepareForCreate(draft) {
      const object = draft as unknown as Draft<WithSpec>;
      if (emptyStatus === undefined) delete object.status;
      else object.status = emptyStatus();
    },
    prepareForUpdate: (draft, old) => keepStatus(draft, old),
  };
}

/** A write of the status leaves the spec alone. */
export function keepSpec<T extends WithSpec>(draft: Draft<T>, old: T): void {
  (draft as unknown as Draft<WithSpec>).spec = structuredClone(old.spec);
}

export function keepStatus<T extends WithSpec>(draft: Draft<T>, old: T): void {
  const object = draft as unknown as Draft<WithSpec>;
  if (old.status === undefined) delete object.status;
  else object.status = structuredClone(old.status);
}
