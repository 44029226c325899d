import {
  isAlreadyExists,
  isNotFound,
  nameOf,
  namespaceOf,
  type Pod,
  type PodTemplateSpec,
  Resources,
  type StatefulSet,
} from '@steersman/api';
import { type Client, deleteExactly, type EventRecorder } from '@steersman/client';
import { messageOf } from '../pods/pod-control.ts';
import { claimsFor, podForOrdinal } from './identity.ts';
import type { Step } from './plan.ts';

/** Performs steps one after the other; `templateOf` gives the template of a revision. Texts of events are upstream's. */
export function setActor(client: Client, events: EventRecorder) {
  const pods = client.resource(Resources.pods);
  const claims = client.resource(Resources.persistentVolumeClaims);

  async function ensureClaims(set: StatefulSet, ordinal: number, signal: AbortSignal): Promise<void> {
    for (const claim of claimsFor(set, ordinal)) {
      if ((await claims.find({ namespace: namespaceOf(claim), name: nameOf(claim) }, { signal })) !== undefined)
        continue;
      await claims.create(claim, { signal });
      events.event(
        set,
        'Normal',
        'SuccessfulCreate',
        `create Claim ${nameOf(claim)} Pod ${nameOf(set)}-${ordinal} in StatefulSet ${nameOf(set)} success`,
      );
    }
  }

  async function create(
    set: StatefulSet,
    ordinal: number,
    template: PodTemplateSpec,
    revision: string,
    signal: AbortSignal,
  ): Promise<void> {
    const pod = podForOrdinal(set, ordinal, template, revision);
    const what = `create Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)}`;
    try {
      await ensureClaims(set, ordinal, signal);
      await pods.create(pod, { signal });
    } catch (error) {
      if (isAlreadyExists(error)) return; // Ours, and the cache is behind; or someone else's, and then the name is not free yet.
      events.event(set, 'Warning', 'FailedCreate', `${what} failed error: ${messageOf(error)}`);
      throw error;
    }
    events.event(set, 'Normal', 'SuccessfulCreate', `${what} successful`);
  }

  async function remove(set: StatefulSet, pod: Pod, signal: AbortSignal): Promise<void> {
    try {
      await deleteExactly(pods, pod, { signal });
    } catch (error) {
      if (isNotFound(error)) return;
      events.event(
        set,
        'Warning',
        'FailedDelete',
        `delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`,
      );
      throw error;
    }
    events.event(
      set,
      'Normal',
      'SuccessfulDelete',
      `delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`,
    );
  }

  return async function act(
    set: StatefulSet,
    steps: readonly Step[],
    templateOf: (revision: string) => PodTemplateSpec,
    signal: AbortSignal,
  ): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'create') await create(set, step.ordinal, templateOf(step.revision), step.revision, signal);
      else await remove(set, step.pod, signal);
    }
  };
}
