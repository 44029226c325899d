import { type Draft, errors, type Namespace, type Pod, Resources } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';
const CLUSTER_DEFAULT = 'clusterDefaultNodeSelector';
type Labels = Readonly<Record<string, string>>;

/**
 * Pods of a namespace run on the nodes that its annotation selects. `configuration` has the selector of namespaces without
 * one (`clusterDefaultNodeSelector`) and, by namespace, the labels that its pods may select.
 */
export function podNodeSelector(configuration: Labels): AdmissionPlugin {
  return {
    name: 'PodNodeSelector',
    handles: (request) => isWriteOf(request, '/pods', 'create'),
    async mutate(request) {
      const wanted = await selectorFor(request, configuration);
      const { spec } = request.object as Draft<Pod>;
      refuseConflict(request, wanted, spec.nodeSelector);
      const merged = { ...wanted, ...spec.nodeSelector };
      if (Object.keys(merged).length > 0) spec.nodeSelector = merged;
    },
    async validate(request) {
      const { nodeSelector = {} } = (request.object as Pod).spec;
      refuseConflict(request, await selectorFor(request, configuration), nodeSelector);
      const allowed = labelsOf(configuration[request.namespace] ?? '');
      const exceeds = Object.entries(nodeSelector).some(([key, value]) => allowed[key] !== value);
      if (Object.keys(allowed).length > 0 && exceeds)
        throw forbidden(request, 'pod node label selector labels conflict with its namespace whitelist');
    },
  };
}

async function selectorFor(request: AdmissionRequest, configuration: Labels): Promise<Labels> {
  const found: Namespace | undefined = await find(request, Resources.namespaces, { name: request.namespace });
  if (found === undefined) throw errors.notFound({ group: '', resource: 'namespaces' }, request.namespace);
  return labelsOf(found.metadata.annotations?.[ANNOTATION] ?? configuration[CLUSTER_DEFAULT] ?? '');
}

/** `a=b,c=d` */
function labelsOf(text: string): Labels {
  const pairs = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    pairs.map((part) => {
      const [key = '', value = ''] = part.split('=').map((side) => side.trim());
      return [key, value];
    }),
  );
}

function refuseConflict(request: AdmissionRequest, wanted: Labels, own: Labels | undefined): void {
  if (Object.entries(own ?? {}).some(([key, value]) => wanted[key] !== undefined && wanted[key] !== value))
    throw forbidden(request, 'pod node label selector conflicts with its namespace node label selector');
}
