import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Resources } from '@steersman/api';
import { causesOfUpdate, type Kind, prepared, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { pod } from './pod.ts';

const container = { name: 'web', image: 'nginx:1' };
const kind: Kind<NonNullable<typeof Resources.pods.object>> = {
  name: 'pod',
  type: Resources.pods,
  strategy: pod,
  good: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: 'web' },
    spec: { containers: [container] },
  },
};
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const spec = (patch: object) => ({ spec: patch });
const first = (patch: object) => spec({ containers: [{ ...container, ...patch }] });

refusesToCreate(kind, [
  ['a pod without containers', spec({ containers: [] }), ['Required spec.containers: Required value']],
  ['a container without a name', first({ name: '' }), ['Required spec.containers[0].name: Required value']],
  [
    'a container name with an underscore',
    first({ name: 'a_b' }),
    [`Invalid spec.containers[0].name: Invalid value: "a_b": ${LABEL}`],
  ],
  [
    'two containers of one name',
    spec({ containers: [container, container] }),
    ['Duplicate spec.containers[1].name: Duplicate value: "web"'],
  ],
  ['a container without an image', first({ image: '' }), ['Required spec.containers[0].image: Required value']],
  [
    'an image with a space in front',
    first({ image: ' nginx' }),
    ['Invalid spec.containers[0].image: Invalid value: " nginx": must not have leading or trailing whitespace'],
  ],
  [
    'an unknown pull policy',
    first({ imagePullPolicy: 'Sometimes' }),
    [
      'NotSupported spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  [
    'a restart policy that does not exist',
    spec({ restartPolicy: 'Maybe' }),
    ['NotSupported spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'a container port out of range',
    first({ ports: [{ containerPort: 70000 }] }),
    ['Invalid spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'a request above its limit',
    first({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    ['Invalid spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
  ],
  [
    'a resource that no container has',
    first({ resources: { limits: { gpu: '1' } } }),
    [
      'Invalid spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'Invalid spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      'Invalid spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified',
      'Invalid spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
    ],
  ],
  [
    'a mount of a volume that is not there',
    first({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    ['NotFound spec.containers[0].volumeMounts[0].name: Not found: "data"'],
  ],
  [
    'two mounts at one path',
    {
      spec: {
        volumes: [{ name: 'a', emptyDir: {} }],
        containers: [
          {
            ...container,
            volumeMounts: [
              { name: 'a', mountPath: '/x' },
              { name: 'a', mountPath: '/x' },
            ],
          },
        ],
      },
    },
    ['Invalid spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique'],
  ],
  [
    'a volume with two sources',
    spec({ volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }] }),
    ['Forbidden spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  [
    'two volumes of one name',
    spec({ volumes: [{ name: 'a' }, { name: 'a' }] }),
    ['Duplicate spec.volumes[1].name: Duplicate value: "a"'],
  ],
  [
    'a probe without a handler',
    first({ livenessProbe: {} }),
    ['Required spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ],
  [
    'a liveness probe that needs two successes',
    first({ livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
    ['Invalid spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'an environment variable from nowhere',
    first({ env: [{ name: 'A', valueFrom: {} }] }),
    [
      'Invalid spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
  ],
  [
    'a field that the downward API does not have',
    first({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nothing' } } }] }),
    [
      'Invalid spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nothing": error converting fieldPath: field label not supported: spec.nothing',
    ],
  ],
  [
    'a toleration of everything that is not Exists',
    spec({ tolerations: [{ operator: 'Equal' }] }),
    [
      'Invalid spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'an affinity term without a topology key',
    spec({
      affinity: {
        podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {}, topologyKey: '' }] },
      },
    }),
    [
      'Required spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'Invalid spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      "Invalid spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'a privileged container that may not escalate',
    first({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
    [
      'Invalid spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
  [
    'a negative deadline',
    spec({ activeDeadlineSeconds: -1 }),
    ['Invalid spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'a node for a pod that is gated',
    spec({ nodeName: 'n1', schedulingGates: [{ name: 'a.b/c' }] }),
    ['Forbidden spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
  ],
  [
    'a pod that is born with ephemeral containers',
    spec({ ephemeralContainers: [{ name: 'debug', image: 'busybox:1' }] }),
    ['Forbidden spec.ephemeralContainers: Forbidden: cannot be set on create'],
  ],
  [
    'DNS policy None without a configuration',
    spec({ dnsPolicy: 'None' }),
    ['Required spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
]);

const CHANGEABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** As upstream prints its internal pod spec: every field, by its Go name. */
const HOSTNAME_CHANGE = `@@ -64,7 +64,7 @@
   "SELinuxChangePolicy": null
  },
  "ImagePullSecrets": null,
- "Hostname": "",
+ "Hostname": "x",
  "Subdomain": "",
  "SetHostnameAsFQDN": null,
  "Affinity": null,
`;

refusesToUpdate(kind, [
  ['another host name', spec({ hostname: 'x' }), [`Forbidden spec: Forbidden: ${CHANGEABLE}\n${HOSTNAME_CHANGE}`]],
  [
    'a further container',
    spec({ containers: [container, { ...container, name: 'b' }] }),
    ['Forbidden spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  [
    'a new scheduling gate',
    spec({ schedulingGates: [{ name: 'a.b/c' }] }),
    [
      "Forbidden spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a.b/c'",
    ],
  ],
]);

test('pod.validateUpdate() accepts another image and a further toleration', () => {
  const patch = {
    spec: {
      containers: [{ ...prepared(kind, kind.good).spec.containers[0], image: 'nginx:2' }],
      tolerations: [{ operator: 'Exists' }],
    },
  };
  assert.deepEqual(causesOfUpdate(kind, patch), []);
});

test('pod.defaults() fills what upstream fills', () => {
  const {
    spec: filled,
    status,
    metadata,
  } = prepared(kind, {
    ...kind.good,
    spec: { containers: [{ name: 'web', image: 'nginx', resources: { limits: { cpu: '1' } } }] },
  });
  assert.equal(filled.restartPolicy, 'Always');
  assert.equal(filled.dnsPolicy, 'ClusterFirst');
  assert.equal(filled.terminationGracePeriodSeconds, 30);
  assert.equal(filled.schedulerName, 'default-scheduler');
  assert.equal(filled.enableServiceLinks, true);
  assert.deepEqual(filled.containers[0]?.resources, { limits: { cpu: '1' }, requests: { cpu: '1' } });
  assert.equal(filled.containers[0]?.imagePullPolicy, 'Always');
  assert.equal(status?.phase, 'Pending');
  assert.equal(status?.qosClass, 'Burstable');
  assert.equal(metadata.generation, 1);
});

test('pod.graceSeconds() deletes pods without a node at once and others after their grace period', () => {
  const stored = prepared(kind, kind.good);
  assert.equal(pod.graceSeconds?.(stored, undefined), 0);
  const bound = { ...stored, spec: { ...stored.spec, nodeName: 'n1' } };
  assert.equal(pod.graceSeconds?.(bound, undefined), 30);
  assert.equal(pod.graceSeconds?.(bound, 5), 5);
  assert.equal(pod.graceSeconds?.({ ...bound, status: { phase: 'Succeeded' } }, undefined), 0);
});

test('pod.prepareForCreate() puts the values of matchLabelKeys into selectors', () => {
  const labels = { app: 'web', 'pod-template-hash': 'abc' };
  const spread = {
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable: 'DoNotSchedule',
    matchLabelKeys: ['pod-template-hash', 'absent'],
    labelSelector: { matchLabels: { app: 'web' } },
  };
  const made = prepared(kind, {
    ...kind.good,
    metadata: { ...kind.good.metadata, labels },
    spec: { ...kind.good.spec, topologySpreadConstraints: [spread] },
  });
  const [constraint] = made.spec.topologySpreadConstraints ?? [];
  assert.deepEqual(constraint?.labelSelector?.matchExpressions, [
    { key: 'pod-template-hash', operator: 'In', values: ['abc'] },
  ]);
});
