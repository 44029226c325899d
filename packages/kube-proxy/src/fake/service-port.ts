import type { ServicePort } from '../contract.ts';

/** A port of a Service with a cluster IP and nothing else, for tests. */
export function servicePort(fields: Partial<ServicePort>): ServicePort {
  return {
    key: 'default/web:http',
    namespace: 'default',
    name: 'web',
    portName: 'http',
    protocol: 'tcp',
    clusterIP: '10.96.0.20',
    port: 80,
    nodePort: undefined,
    externalIPs: [],
    loadBalancerIPs: [],
    sourceRanges: [],
    affinitySeconds: undefined,
    internalLocal: false,
    externalLocal: false,
    endpoints: [],
    localEndpoints: [],
    ...fields,
  };
}
