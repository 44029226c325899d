import { Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Plugin } from '../contract.ts';
import { PLUGIN_NAMES } from './names.ts';

/** Binds through the API: a POST to the pod's binding subresource. */
export function defaultBinder(client: Client): Plugin {
  const pods = client.resource(Resources.pods);
  return {
    name: PLUGIN_NAMES.defaultBinder,
    async bind({ pod, node, signal }) {
      const { name = '', namespace } = pod.pod.metadata;
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid: pod.uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node.name },
      };
      await pods.subresource('POST', { namespace, name }, 'binding', binding, signal);
      return true;
    },
  };
}
