/**
 * Versions that no release serves any more and whose fields differ from those of the version that is stored now. Objects that
 * nobody has written since are still stored in them.
 */
import { type KubeObject, type ResourceInfo, semanticEqual } from '@steersman/api';
import type { Conversion } from './conversions.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './definition-conversion.ts';
import {
  asVersion,
  type Edit,
  eachOf,
  type Fields,
  type FormerVersion,
  isFields,
  renamedField,
  within,
} from './field-edits.ts';

/** The conversion of a version that was served once; undefined where only the apiVersion differs. */
export function formerConversion(former: ResourceInfo, stored: ResourceInfo): Conversion | undefined {
  if (former.served) return undefined;
  const change = FORMER_VERSIONS[`${stored.group}/${stored.plural}`]?.(former);
  if (change === undefined) return undefined;
  const edited = (edit: Edit, row: ResourceInfo) => (object: KubeObject) =>
    asVersion(edit(object as unknown as Fields), row);
  return { fromStored: edited(change.older, former), toStored: edited(change.newer, stored) };
}

const inSpec =
  (edit: Edit): Edit =>
  (object) =>
    within(object, 'spec', edit);
const always = (change: FormerVersion) => () => change;

const INGRESSES: FormerVersion = {
  older: inSpec((spec) =>
    renamedField(ingressBackends(spec, 'defaultBackend', flatBackend), 'defaultBackend', 'backend'),
  ),
  newer: inSpec((spec) =>
    renamedField(ingressBackends(spec, 'backend', nestedBackend, withPathType), 'backend', 'defaultBackend'),
  ),
};
const SLICES: FormerVersion = {
  older: (slice) => eachOf(slice, 'endpoints', endpointWithTopology),
  newer: (slice) => eachOf(slice, 'endpoints', endpointWithPlace),
};
const BUDGETS: FormerVersion = { older: inSpec(emptySelectsAll), newer: inSpec(emptySelectsNothing) };
const PRIORITY_LEVELS: FormerVersion = {
  older: inSpec((spec) =>
    within(spec, 'limited', (limited) => renamedField(limited, 'nominalConcurrencyShares', 'assuredConcurrencyShares')),
  ),
  newer: inSpec((spec) =>
    within(spec, 'limited', (limited) => renamedField(limited, 'assuredConcurrencyShares', 'nominalConcurrencyShares')),
  ),
};
const RUNTIME_CLASSES: FormerVersion = {
  older({ handler, overhead, scheduling, ...others }) {
    return { ...others, spec: present({ runtimeHandler: handler, overhead, scheduling }) };
  },
  newer({ spec, ...others }) {
    if (!isFields(spec)) return others;
    const { runtimeHandler: handler = '', overhead, scheduling } = spec;
    return { ...others, ...present({ handler, overhead, scheduling }) };
  },
};

/** By group and plural of the stored version. */
const FORMER_VERSIONS: Readonly<Record<string, (former: ResourceInfo) => FormerVersion | undefined>> = {
  'networking.k8s.io/ingresses': always(INGRESSES),
  'discovery.k8s.io/endpointslices': always(SLICES),
  'policy/poddisruptionbudgets': always(BUDGETS),
  'apiextensions.k8s.io/customresourcedefinitions': always(CUSTOM_RESOURCE_DEFINITIONS),
  'node.k8s.io/runtimeclasses': ({ version }) => (version === 'v1alpha1' ? RUNTIME_CLASSES : undefined),
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': ({ version }) =>
    version === 'v1beta3' ? undefined : PRIORITY_LEVELS,
};

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function ingressBackends(spec: Fields, name: string, edit: Edit, editPath: Edit = (path) => path): Fields {
  const path = (fields: Fields) => editPath(within(fields, 'backend', edit));
  const rule = (fields: Fields) => within(fields, 'http', (http) => eachOf(http, 'paths', path));
  return eachOf(within(spec, name, edit), 'rules', rule);
}

/** v1beta1 had a default. */
function withPathType(path: Fields): Fields {
  return path['pathType'] === undefined ? { ...path, pathType: 'ImplementationSpecific' } : path;
}

function nestedBackend({ serviceName = '', servicePort = 0, ...others }: Fields): Fields {
  if (serviceName === '' && servicePort === 0) return others;
  const port = typeof servicePort === 'string' ? { name: servicePort } : { number: servicePort };
  return { ...others, service: { name: serviceName, port } };
}

function flatBackend({ service, ...others }: Fields): Fields {
  if (!isFields(service)) return others;
  const { name, port } = service;
  const servicePort = isFields(port) ? (port['name'] ?? port['number']) : undefined;
  return { ...others, ...present({ serviceName: name, servicePort }) };
}

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

/** Zone and node have fields of their own now; a host name that is not that of the node stays a label. */
function endpointWithPlace({ topology, ...endpoint }: Fields): Fields {
  if (!isFields(topology)) return endpoint;
  const { [ZONE]: zone, [HOST]: host, ...labels } = topology;
  const nodeName = endpoint['nodeName'] ?? host;
  const rest = host === nodeName ? labels : present({ ...labels, [HOST]: host });
  return present({
    ...endpoint,
    nodeName,
    zone,
    deprecatedTopology: Object.keys(rest).length === 0 ? undefined : rest,
  });
}

function endpointWithTopology({ deprecatedTopology, zone, ...endpoint }: Fields): Fields {
  const labels = isFields(deprecatedTopology) ? deprecatedTopology : {};
  const topology = present({ [HOST]: endpoint['nodeName'], ...labels, [ZONE]: zone ?? labels[ZONE] });
  return Object.keys(topology).length === 0 ? endpoint : { ...endpoint, topology };
}

/** What says in policy/v1 that a budget of v1beta1 selected no pods, and in v1beta1 that one of v1 selects all. */
const EMPTY_SELECTOR = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match';
const emptySelector = (operator: string): Fields => ({ matchExpressions: [{ key: EMPTY_SELECTOR, operator }] });

/** An empty selector selected nothing; in v1 it selects everything. */
function emptySelectsNothing(spec: Fields): Fields {
  return within(spec, 'selector', (selector) => selectorBetween(selector, 'Exists', 'DoesNotExist'));
}

function emptySelectsAll(spec: Fields): Fields {
  return within(spec, 'selector', (selector) => selectorBetween(selector, 'DoesNotExist', 'Exists'));
}

/** An empty selector becomes the mark of its meaning, and the mark of the other meaning an empty selector. */
function selectorBetween(selector: Fields, meaning: string, emptyThere: string): Fields {
  if (semanticEqual(selector, {})) return emptySelector(meaning);
  return semanticEqual(selector, emptySelector(emptyThere)) ? {} : selector;
}
