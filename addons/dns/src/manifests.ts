/** The objects that run the DNS add-on in a cluster, under the names that everyone expects (kube-dns in kube-system). */
import type { ClusterRole, ClusterRoleBinding, Deployment, KubeObject, Service, ServiceAccount } from '@steersman/api';

export interface DnsManifestOptions {
  /** The image that holds Node and this project. */
  readonly image: string;
  /** Command of the container up to the component's name, such as `['/steersman']`. */
  readonly entrypoint: readonly string[];
  readonly clusterIP: string;
  readonly clusterDomain: string;
  readonly replicas?: number;
}

const namespace = 'kube-system';
const name = 'kube-dns';
const labels = {
  'k8s-app': name,
  'kubernetes.io/cluster-service': 'true',
  'app.kubernetes.io/managed-by': 'steersman',
};
const selector = { 'k8s-app': name };

/** In the order in which they should be applied. */
export function dnsManifests(options: DnsManifestOptions): readonly KubeObject[] {
  return [account(), role(), binding(), service(options.clusterIP), deployment(options)];
}

function account(): ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } };
}

function role(): ClusterRole {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'steersman:dns', labels },
    rules: [
      { apiGroups: [''], resources: ['services', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  };
}

function binding(): ClusterRoleBinding {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'steersman:dns', labels },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'steersman:dns' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}

function service(clusterIP: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { ...labels, 'kubernetes.io/name': 'KubeDNS' } },
    spec: {
      clusterIP,
      selector,
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        { name: 'metrics', port: 9153, protocol: 'TCP', targetPort: 9153 },
      ],
    },
  };
}

function deployment({ image, entrypoint, clusterIP, clusterDomain, replicas = 1 }: DnsManifestOptions): Deployment {
  const args = ['cluster-dns', `--domain=${clusterDomain}`, `--service-address=${clusterIP}`];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: selector },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels: selector },
        spec: {
          serviceAccountName: name,
          priorityClassName: 'system-cluster-critical',
          dnsPolicy: 'Default', // Its resolvers are the node's; through itself it would ask itself.
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          containers: [
            {
              name: 'dns',
              image,
              imagePullPolicy: 'IfNotPresent',
              command: entrypoint,
              args,
              resources: { requests: { cpu: '50m', memory: '70Mi' }, limits: { memory: '170Mi' } },
              ports: [
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: 53, protocol: 'TCP' },
                { name: 'metrics', containerPort: 9153, protocol: 'TCP' },
              ],
              livenessProbe: {
                httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
                initialDelaySeconds: 60,
                timeoutSeconds: 5,
                successThreshold: 1,
                failureThreshold: 5,
              },
              readinessProbe: { httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' }, periodSeconds: 1 },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}
