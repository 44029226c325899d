import {
  isNotFound,
  type KubeObject,
  nameOf,
  namespaceOf,
  ownerReferenceTo,
  type Pod,
  type PodTemplateSpec,
  Resources,
  type ResourceType,
} from '@steersman/api';
import { type Client, deleteExactly, type EventRecorder } from '@steersman/client';

/** Creates and deletes the pods of an owner, and says so in events about the owner. */
export interface PodControl {
  create(pod: Pod, owner: KubeObject, signal: AbortSignal): Promise<void>;
  delete(pod: Pod, owner: KubeObject, signal: AbortSignal): Promise<void>;
}

/** The pod that a template asks for, named after its owner and controlled by it. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubeObject, ownerType: ResourceType): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${nameOf(owner)}-`,
      namespace: namespaceOf(owner),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [ownerReferenceTo(owner, ownerType)],
    },
    spec: template.spec ?? { containers: [] },
  };
}

/** The pod control of one controller; event texts are upstream's. */
export function createPodControl(client: Client, events: EventRecorder): PodControl {
  const pods = client.resource(Resources.pods);
  return {
    async create(pod, owner, signal) {
      try {
        const created = await pods.create(pod, { signal });
        events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(created)}`);
      } catch (error) {
        events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
        throw error;
      }
    },
    async delete(pod, owner, signal) {
      try {
        await deleteExactly(pods, pod, { signal });
      } catch (error) {
        if (isNotFound(error)) throw error;
        events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
      events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
    },
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
