import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pod, path, Resources } from '@steersman/api';
import { cidrWarnings, ipWarnings, validateCidr, validateIp } from '../addresses.ts';
import { type Kind, prepared, refusesToCreate } from '../bad-objects.ts';
import { pod } from '../core/pod.ts';
import { unifiedDiff } from './difference.ts';

const container = { name: 'web', image: 'nginx:1' };
const kind: Kind<Pod> = {
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
const spec = (patch: object) => ({ spec: patch });
const first = (patch: object) => spec({ containers: [{ ...container, ...patch }] });
const volume = (source: object) => spec({ volumes: [{ name: 'v', ...source }] });
const windows = (patch: object) => spec({ os: { name: 'windows' }, ...patch });

refusesToCreate(kind, [
  [
    'a secret without a name',
    volume({ secret: { defaultMode: 512 } }),
    [
      'Required spec.volumes[0].secret.secretName: Required value',
      'Invalid spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  ],
  [
    'an iSCSI disk with half a login',
    volume({ iscsi: { targetPortal: 'a', iqn: 'iqn.x', lun: 0, chapAuthSession: true } }),
    [
      'Invalid spec.volumes[0].iscsi.iqn: Invalid value: "iqn.x": must be valid format',
      'Required spec.volumes[0].iscsi.secretRef: Required value',
    ],
  ],
  [
    'a fibre channel disk of two names',
    volume({ fc: { targetWWNs: ['a'], wwids: ['b'], lun: 1 } }),
    [
      'Invalid spec.volumes[0].fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
    ],
  ],
  [
    'options of a driver that are ours',
    volume({ flexVolume: { driver: '', options: { 'a.k8s.io/b': 'c' } } }),
    [
      'Required spec.volumes[0].flexVolume.driver: Required value',
      'Invalid spec.volumes[0].flexVolume.options[a.k8s.io/b]: Invalid value: "a.k8s.io/b": kubernetes.io and k8s.io namespaces are reserved',
    ],
  ],
  [
    'a managed disk that is elsewhere',
    volume({ azureDisk: { diskName: 'd', diskURI: 'https://a', kind: 'Managed' } }),
    [
      'NotSupported spec.volumes[0].azureDisk.diskURI: Unsupported value: "https://a": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
  ],
  [
    'a registry that is no address',
    volume({ quobyte: { registry: 'a', volume: '' } }),
    [
      'Invalid spec.volumes[0].quobyte.registry: Invalid value: "a": must be a host:port pair or multiple pairs separated by commas',
      'Required spec.volumes[0].quobyte.volume: Required value',
    ],
  ],
  [
    'a file of the downward API above its volume',
    volume({ downwardAPI: { items: [{ path: '../a', fieldRef: { fieldPath: 'metadata.name' } }] } }),
    [`Invalid spec.volumes[0].downwardAPI.path: Invalid value: "../a": must not contain '..'`],
  ],
  [
    'a claim template without a claim',
    volume({ ephemeral: {} }),
    ['Required spec.volumes[0].ephemeral.volumeClaimTemplate: Required value'],
  ],
  [
    'a projected token that expires at once',
    volume({ projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 1 } }] } }),
    [
      'Invalid spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
      'Forbidden spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ],
  ],
  [
    'a mount from above its volume',
    spec({
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v', subPath: '../a' }] }],
    }),
    [`Invalid spec.containers[0].volumeMounts.subPath: Invalid value: "../a": must not contain '..'`],
  ],
  [
    'a variable from a file of no volume',
    first({ env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: '', path: '', key: '' } } }] }),
    [
      'Required spec.containers[0].env[0].valueFrom.fileKeyRef.key: Required value',
      'Required spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Required value',
      'Required spec.containers[0].env[0].valueFrom.fileKeyRef.path: Required value',
      'NotFound spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: ""',
    ],
  ],
  [
    'a variable with a value and a source',
    first({ env: [{ name: 'A', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    ['Invalid spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'variables from nowhere',
    first({ envFrom: [{}] }),
    ['Invalid spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
  ],
  [
    'a divisor that cpu has not',
    first({ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } }] }),
    [
      `Invalid spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ],
  ],
  [
    'rules of a container that never starts again',
    first({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
    [
      'Required spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
    ],
  ],
  [
    'a rule about nothing',
    first({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart' }] }),
    ['Required spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified'],
  ],
  [
    'an unknown resize policy',
    first({ resizePolicy: [{ resourceName: 'disk', restartPolicy: 'Maybe' }] }),
    [
      'NotSupported spec.containers[0].resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
      'NotSupported spec.containers[0].resizePolicy: Unsupported value: "Maybe": supported values: "NotRequired", "RestartContainer"',
    ],
  ],
  [
    'huge pages without a limit',
    first({ resources: { requests: { cpu: '1', 'hugepages-2Mi': '2Mi' } } }),
    [
      'Required spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
    ],
  ],
  [
    'half a huge page',
    first({ resources: { limits: { cpu: '1', 'hugepages-2Mi': '1Mi' } } }),
    [
      'Invalid spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi',
      'Invalid spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi',
    ],
  ],
  [
    'a claim that the pod has not',
    first({ resources: { claims: [{ name: 'gpu' }] } }),
    [
      'NotFound spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
  ],
  [
    'a resource claim of two sources',
    spec({ resourceClaims: [{ name: 'c', resourceClaimName: 'a', resourceClaimTemplateName: 'b' }] }),
    [
      'Invalid spec.resourceClaims[0]: Invalid value: {"Name":"c","ResourceClaimName":"a","ResourceClaimTemplateName":"b"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
    ],
  ],
  [
    'pod resources that are less than those of a container',
    spec({ resources: { limits: { cpu: '1' } }, containers: [{ ...container, resources: { limits: { cpu: '2' } } }] }),
    [
      'Invalid spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      'Invalid spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ],
  ],
  [
    'Linux options of a Windows pod',
    windows({ hostPID: true, securityContext: { runAsUser: 1, fsGroup: 2 } }),
    [
      'Forbidden spec.hostPID: Forbidden: cannot be set for a windows pod',
      'Forbidden spec.securityContext.fsGroup: Forbidden: cannot be set for a windows pod',
      'Forbidden spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
    ],
  ],
  [
    'Windows options of a Linux pod',
    spec({ os: { name: 'linux' }, securityContext: { windowsOptions: { runAsUserName: 'a' } } }),
    ['Forbidden spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod'],
  ],
  [
    'a host process without the network of its host',
    windows({ securityContext: { windowsOptions: { hostProcess: true } } }),
    [
      'Invalid spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ],
  ],
  [
    'a Windows user of an odd name',
    first({ securityContext: { windowsOptions: { runAsUserName: 'a\\b\\c' } } }),
    [
      'Invalid spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
    ],
  ],
  [
    'a seccomp profile without a file',
    spec({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
    [
      'Required spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
  ],
  [
    'a sysctl twice',
    spec({
      securityContext: {
        sysctls: [
          { name: 'a.b', value: '1' },
          { name: 'a.b', value: '2' },
        ],
      },
    }),
    ['Duplicate spec.securityContext.sysctls[1].name: Duplicate value: "a.b"'],
  ],
  [
    'a spread without a skew',
    spec({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Maybe' }] }),
    [
      'Invalid spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'Required spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'NotSupported spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
  ],
  [
    'an alias of no address',
    spec({ hostAliases: [{ ip: 'a', hostnames: ['A'] }] }),
    [
      'Invalid spec.hostAliases[0].ip: Invalid value: "a": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      `Invalid spec.hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
  ],
  [
    'a name in place of a hostname',
    spec({ hostnameOverride: 'a'.repeat(65), setHostnameAsFQDN: true }),
    [
      'Forbidden spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'TooLong spec.hostnameOverride: Too long: may not be more than 64 bytes',
    ],
  ],
  [
    'a gate twice',
    spec({ schedulingGates: [{ name: 'a' }, { name: 'a' }] }),
    ['Duplicate spec.schedulingGates[1]: Duplicate value: "a"'],
  ],
  [
    'a readiness gate without a name',
    spec({ readinessGates: [{ conditionType: '' }] }),
    [
      'Invalid spec.readinessGates[0].conditionType: Invalid value: "": name part must be non-empty',
      `Invalid spec.readinessGates[0].conditionType: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    'a hook that does two things',
    first({ lifecycle: { postStart: { exec: { command: ['a'] }, sleep: { seconds: 1 } } } }),
    ['Forbidden spec.containers[0].lifecycle.postStart.sleep: Forbidden: may not specify more than 1 handler type'],
  ],
  [
    'a probe of an odd port',
    first({ livenessProbe: { httpGet: { path: '/', port: 0 } } }),
    ['Invalid spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'an init container that is probed',
    spec({ initContainers: [{ ...container, name: 'i', readinessProbe: { exec: { command: ['a'] } } }] }),
    [
      'Forbidden spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
]);

/** The good pod with another spec, as its warnings are asked for. */
const warningsOf = (patch: object) =>
  pod.warnings?.(prepared(kind, { ...kind.good, spec: { ...kind.good.spec, ...patch } }), undefined);

test('pod.warnings() name what is out of use and what lies on top of each other', () => {
  assert.deepEqual(warningsOf({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } }), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
  assert.deepEqual(warningsOf({ volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] }), [
    'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
  ]);
  const env = [
    { name: 'A', value: 'a' },
    { name: 'A', value: 'b' },
  ];
  assert.deepEqual(warningsOf({ containers: [{ ...container, env }] }), [
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
});

test('pod.prepareForCreate() drops fields of features that v1.36 has off', () => {
  const lifecycle = { stopSignal: 'SIGTERM' };
  const made = prepared(kind, { ...kind.good, spec: { containers: [{ ...container, lifecycle }] } } as Pod);
  assert.equal(made.spec.containers[0]?.lifecycle?.stopSignal, undefined);
});

test('unifiedDiff() shows the lines around a change', () => {
  assert.equal(
    unifiedDiff({ A: 1, B: 2 }, { A: 1, B: 3 }),
    ['@@ -1,4 +1,4 @@', ' {', '  "A": 1,', '- "B": 2', '+ "B": 3', ' }', ''].join('\n'),
  );
});

const AT = path('ip');
const messages = (errors: ReturnType<typeof validateIp>) => errors.map(({ message }) => message);

test('validateIp() is strict about new addresses, and keeps old ones', () => {
  assert.deepEqual(messages(validateIp('010.0.0.1', AT)), ['Invalid value: "010.0.0.1": must not have leading 0s']);
  assert.deepEqual(messages(validateIp('::ffff:1.2.3.4', AT)), [
    'Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
  ]);
  assert.deepEqual(validateIp('010.0.0.1', AT, ['010.0.0.1']), []);
});

test('validateCidr() refuses bits beyond the length', () => {
  assert.deepEqual(messages(validateCidr('10.0.0.1/8', AT)), [
    'Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
  ]);
  assert.deepEqual(validateCidr('10.0.0.0/8', AT), []);
});

test('ipWarnings() and cidrWarnings() say how upstream would write it', () => {
  assert.deepEqual(ipWarnings('2001:DB8::1', AT), [
    'ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  assert.deepEqual(cidrWarnings('10.0.0.1/8', AT), [
    'ip: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
});
