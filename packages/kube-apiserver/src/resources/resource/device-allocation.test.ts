import {
  type DeviceClass,
  type ResourceClaimTemplate,
  type ResourceResourceClaim,
  type ResourceSlice,
  Resources,
} from '@steersman/api';
import { type Kind, refusesToCreate, refusesToUpdate } from '../bad-objects.ts';
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from './device-allocation.ts';

const API = 'resource.k8s.io/v1';
const spec = (patch: object) => ({ spec: patch });
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const classes: Kind<DeviceClass> = {
  name: 'deviceClass',
  type: Resources.deviceClasses,
  strategy: deviceClass,
  good: {
    apiVersion: API,
    kind: 'DeviceClass',
    metadata: { name: 'gpu' },
    spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] },
  },
};
const opaque = { driver: 'gpu.example.com', parameters: { a: 1 } };
refusesToCreate(classes, [
  ['a selector without expression', spec({ selectors: [{}] }), ['Required spec.selectors[0].cel: Required value']],
  [
    'too many selectors',
    spec({ selectors: Array.from({ length: 33 }, () => ({ cel: { expression: 'true' } })) }),
    ['TooMany spec.selectors: Too many: 33: must have at most 32 items'],
  ],
  ['a configuration of nothing', spec({ config: [{}] }), ['Required spec.config[0].opaque: Required value']],
  [
    'an expression of what there is not',
    spec({ selectors: [{ cel: { expression: 'device.vendor == "x"' } }] }),
    [
      'Invalid spec.selectors[0].cel.expression: Invalid value: "device.vendor == \\"x\\"": compilation failed: ERROR: <input>:1:7: undefined field \'vendor\'\n | device.vendor == "x"\n | ......^',
    ],
  ],
  [
    'an expression that makes a text',
    spec({ selectors: [{ cel: { expression: 'device.driver' } }] }),
    [
      'Invalid spec.selectors[0].cel.expression: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string',
    ],
  ],
  [
    'a configuration of no driver',
    spec({ config: [{ opaque: { ...opaque, driver: '' } }] }),
    ['Required spec.config[0].opaque.driver: Required value'],
  ],
  [
    'a native resource',
    spec({ extendedResourceName: 'cpu' }),
    [
      'Invalid spec.extendedResourceName: Invalid value: "cpu": a name must be a domain and a name separated by a slash',
    ],
  ],
]);

const claims: Kind<ResourceResourceClaim> = {
  name: 'resourceClaim',
  type: Resources.resourceClaims,
  strategy: resourceClaim,
  good: {
    apiVersion: API,
    kind: 'ResourceClaim',
    metadata: { namespace: 'default', name: 'one' },
    spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } },
  },
};
const devices = (patch: object) => spec({ devices: patch });
const exactly = (patch: object) =>
  devices({ requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu', ...patch } }] });
const REQUEST = 'spec.devices.requests[0]';
const REFERENCE =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

refusesToCreate(claims, [
  [
    'a request for nothing',
    devices({ requests: [{ name: 'gpu' }] }),
    [`Required ${REQUEST}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
  ],
  [
    'a request with an unusable name',
    devices({ requests: [{ name: 'G', exactly: { deviceClassName: 'gpu' } }] }),
    [`Invalid ${REQUEST}.name: Invalid value: "G": ${LABEL}`],
  ],
  [
    'a request of no class',
    exactly({ deviceClassName: '' }),
    [`Required ${REQUEST}.exactly.deviceClassName: Required value`],
  ],
  [
    'a count of all',
    exactly({ allocationMode: 'All', count: 2 }),
    [`Invalid ${REQUEST}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
  ],
  [
    'a negative count',
    exactly({ count: -1 }),
    [`Invalid ${REQUEST}.exactly.count: Invalid value: -1: must be greater than zero`],
  ],
  [
    'an unknown mode',
    exactly({ allocationMode: 'Most' }),
    [
      `NotSupported ${REQUEST}.exactly.allocationMode: Unsupported value: "Most": supported values: "All", "ExactCount"`,
    ],
  ],
  [
    'a request twice',
    devices({ requests: [1, 2].map(() => ({ name: 'gpu', exactly: { deviceClassName: 'gpu' } })) }),
    [
      'Duplicate spec.devices.requests[1]: Duplicate value: {"name":"gpu","exactly":{"deviceClassName":"gpu","allocationMode":"ExactCount","count":1}}',
    ],
  ],
  [
    'a constraint of unknown requests',
    devices({ constraints: [{ requests: ['cpu'], matchAttribute: 'example.com/numa' }] }),
    [`Invalid spec.devices.constraints[0].requests[0]: Invalid value: "cpu": ${REFERENCE}`],
  ],
  [
    'an attribute without domain',
    devices({ constraints: [{ matchAttribute: 'numa' }] }),
    [
      'Invalid spec.devices.constraints[0].matchAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name separated by a slash',
    ],
  ],
  [
    'a toleration of everything equal',
    exactly({ tolerations: [{ operator: 'Equal', value: 'x' }] }),
    [`Required ${REQUEST}.exactly.tolerations[0].operator: Required value: must be \`Exists\` when \`key\` is empty`],
  ],
]);
refusesToUpdate(claims, [
  [
    'another request',
    exactly({ count: 3 }),
    [
      'Invalid spec: Invalid value: {"devices":{"requests":[{"name":"gpu","exactly":{"deviceClassName":"gpu","count":3,"allocationMode":"ExactCount"}}]}}: field is immutable',
    ],
  ],
]);

const templates: Kind<ResourceClaimTemplate> = {
  name: 'resourceClaimTemplate',
  type: Resources.resourceClaimTemplates,
  strategy: resourceClaimTemplate,
  good: {
    apiVersion: API,
    kind: 'ResourceClaimTemplate',
    metadata: { namespace: 'default', name: 'one' },
    spec: { spec: claims.good.spec },
  },
};
refusesToCreate(templates, [
  [
    'a claim for nothing',
    spec({ spec: { devices: { requests: [{ name: 'gpu' }] } } }),
    [
      'Required spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
    ],
  ],
]);

const slices: Kind<ResourceSlice> = {
  name: 'resourceSlice',
  type: Resources.resourceSlices,
  strategy: resourceSlice,
  good: {
    apiVersion: API,
    kind: 'ResourceSlice',
    metadata: { name: 'node-1-gpu' },
    spec: {
      driver: 'gpu.example.com',
      pool: { name: 'node-1', generation: 1, resourceSliceCount: 1 },
      nodeName: 'node-1',
      devices: [{ name: 'gpu-0', attributes: { model: { string: 'x' } } }],
    },
  },
};
const device = (patch: object) => spec({ devices: [{ name: 'gpu-0', ...patch }] });
const shared = (requestPolicy: object) =>
  device({ allowMultipleAllocations: true, capacity: { memory: { value: '10', requestPolicy } } });
const DEVICE = 'spec.devices[0]';
refusesToCreate(slices, [
  ['no driver', spec({ driver: '' }), ['Required spec.driver: Required value']],
  ['a driver that is no name', spec({ driver: 'a_b' }), [`Invalid spec.driver: Invalid value: "a_b": ${SUBDOMAIN}`]],
  [
    'a pool without slices',
    spec({ pool: { resourceSliceCount: 0 } }),
    ['Invalid spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero'],
  ],
  [
    'devices nowhere',
    spec({ nodeName: null }),
    [
      'Required spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  [
    'devices in two places',
    spec({ allNodes: true }),
    [
      'Invalid spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
  ],
  [
    'a device twice',
    spec({ devices: [{ name: 'a' }, { name: 'a' }] }),
    ['Duplicate spec.devices[1]: Duplicate value: "a"'],
  ],
  [
    'too many devices',
    spec({ devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${i}` })) }),
    ['TooMany spec.devices: Too many: 129: must have at most 128 items'],
  ],
  [
    'an attribute without value',
    device({ attributes: { model: {} } }),
    [`Invalid ${DEVICE}.attributes[model]: Invalid value: "": exactly one value must be specified`],
  ],
  [
    'an attribute that is no version',
    device({ attributes: { release: { version: 'new' } } }),
    [
      `Invalid ${DEVICE}.attributes[release].version: Invalid value: "new": must be a string compatible with semver.org spec 2.0.0`,
    ],
  ],
  [
    'an unknown taint',
    device({ taints: [{ key: 'bad', effect: 'Burn' }] }),
    [
      `NotSupported ${DEVICE}.taints[0].effect: Unsupported value: "Burn": supported values: "NoExecute", "NoSchedule", "None"`,
    ],
  ],
  [
    'capacity whose default is between the steps',
    shared({ default: '3', validRange: { min: '2', max: '8', step: '2' } }),
    [
      `Invalid ${DEVICE}.capacity[memory].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (2) from (2)`,
    ],
  ],
  [
    'capacity of values in no order',
    shared({ default: '4', validValues: ['4', '2', '16'] }),
    [
      `Invalid ${DEVICE}.capacity[memory].requestPolicy.validValues[1]: Invalid value: "2": values must be sorted in ascending order`,
      `Invalid ${DEVICE}.capacity[memory].requestPolicy.validValues[2]: Invalid value: "16": option is larger than capacity value: 10`,
    ],
  ],
  [
    'capacity of a range without default',
    shared({ validRange: { min: '2' } }),
    [`Required ${DEVICE}.capacity[memory].requestPolicy.default: Required value: required when validRange is defined`],
  ],
  [
    'a place of its own',
    device({ allNodes: true }),
    [
      `Invalid ${DEVICE}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
    ],
  ],
]);
refusesToUpdate(slices, [
  [
    'another driver',
    spec({ driver: 'other.example.com' }),
    ['Invalid spec.driver: Invalid value: "other.example.com": field is immutable'],
  ],
]);
