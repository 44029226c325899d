/** How a component that is no API server talks to one. */
import type { Flag, FlagValues } from './contract.ts';
import { textFlag } from './flag-makers.ts';

export const kubeconfigFlag: Flag = textFlag(
  'kubeconfig',
  'Path to a kubeconfig that says where the API server is; inside a pod its service account is used.',
);

/** Besides `--kubeconfig`. */
export function clientFlags({ burst }: { readonly burst: number }): readonly Flag[] {
  return [
    textFlag('master', 'The address of the API server, instead of the one in the kubeconfig.'),
    { name: 'kube-api-qps', type: 'float', default: 0, help: 'Requests a second to the API server; unlimited when 0.' },
    {
      name: 'kube-api-burst',
      type: 'int',
      default: burst,
      help: 'Requests that may go out at once before --kube-api-qps counts.',
    },
  ];
}

/** What a client is told of its limits; nothing when there are none. */
export function requestLimitsOf(values: FlagValues): { readonly qps?: number; readonly burst?: number } {
  const qps = values.number('kube-api-qps');
  return qps > 0 ? { qps, burst: values.number('kube-api-burst') } : {};
}
