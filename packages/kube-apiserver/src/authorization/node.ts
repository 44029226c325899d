/**
 * What a kubelet may do: read its own Node and pods, of other objects only those that its pods use, and what the rules for
 * all nodes allow (upstream's Node authorizer, with its words).
 */
import type { ResourceSlice, VolumeAttachment } from '@steersman/api';
import { clusterRoles } from '../bootstrap/cluster-roles.ts';
import type { ResourceCache } from '../cache/resource-cache.ts';
import type { Attributes, Decision } from './contract.ts';
import { nodeReferences } from './node-references.ts';
import { compileRule } from './rules.ts';

const NODES = 'system:nodes';
const NODE_USER_PREFIX = 'system:node:';
const LEASES = 'kube-node-lease';
const NO_OPINION: Decision = { kind: 'no-opinion', reason: '' };
const ALLOW: Decision = { kind: 'allow', reason: '' };
const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete'];
const READS = ['get', 'list', 'watch'];

export interface NodeCaches {
  readonly pods: ResourceCache;
  /** The others are absent when they are not served. */
  readonly persistentVolumes?: ResourceCache | undefined;
  readonly volumeAttachments?: ResourceCache | undefined;
  readonly resourceSlices?: ResourceCache | undefined;
}

/** Who asks for what of a resource. */
interface Question {
  readonly node: string;
  readonly verb: string;
  readonly target: NonNullable<Attributes['resource']>;
}
type Judge = (question: Question) => Decision;

/** Decides for users in group system:nodes; no opinion on anybody else. */
export function nodeAuthorizer(caches: NodeCaches): (attributes: Attributes) => Decision {
  const judges = judgesOf(caches);
  const common = (clusterRoles.find(({ metadata }) => metadata.name === 'system:node')?.rules ?? []).map(compileRule);
  return (attributes) => {
    const { user, resource: target, verb } = attributes;
    if (!user.groups.includes(NODES) || !user.name.startsWith(NODE_USER_PREFIX)) return NO_OPINION;
    const node = user.name.slice(NODE_USER_PREFIX.length);
    if (node === '') return refused(`unknown node for user ${JSON.stringify(user.name)}`);
    const judge = target === undefined ? undefined : judges.get(`${target.group}/${target.resource}`);
    if (target !== undefined && judge !== undefined) return judge({ node, verb, target });
    return common.some((rule) => rule(attributes)) ? ALLOW : NO_OPINION;
  };
}

/** By `group/resource`: those whose objects are not for every node. */
function judgesOf(caches: NodeCaches): ReadonlyMap<string, Judge> {
  const references = nodeReferences(caches.pods, caches.persistentVolumes);
  const used: Judge = ({ node, target }) =>
    related(node, target, references(node).has(`${target.resource}/${target.namespace}/${target.name}`));
  const attached: Judge = ({ node, target }) =>
    related(node, target, nodeNameOf(caches.volumeAttachments, target.name) === node);
  const sliced: Judge = ({ node, target }) =>
    related(node, target, nodeNameOf(caches.resourceSlices, target.name) === node);
  return new Map<string, Judge>([
    ['/secrets', (question) => judgeRead(question, used)],
    ['/configmaps', (question) => judgeRead(question, used)],
    ['/persistentvolumeclaims', (question) => judgeClaim(question, used)],
    ['/persistentvolumes', (question) => judgeGet(question, used)],
    ['resource.k8s.io/resourceclaims', (question) => judgeGet(question, used)],
    ['storage.k8s.io/volumeattachments', (question) => judgeGet(question, attached)],
    ['/serviceaccounts', (question) => judgeServiceAccount(question, used)],
    ['coordination.k8s.io/leases', judgeLease],
    ['storage.k8s.io/csinodes', judgeCsiNode],
    ['resource.k8s.io/resourceslices', (question) => judgeSlice(question, sliced)],
    ['/nodes', judgeNode],
    ['/pods', (question) => judgePod(question, used)],
  ]);
}

function refused(reason: string): Decision {
  return { kind: 'no-opinion', reason };
}

function related(node: string, { name }: Question['target'], holds: boolean): Decision {
  if (name === '') return refused('No Object name found');
  return holds ? ALLOW : refused(`no relationship found between node '${node}' and this object`);
}

function nodeNameOf(cache: ResourceCache | undefined, name: string): string | undefined {
  const entry = cache?.get('', name);
  if (cache === undefined || entry === undefined) return undefined;
  return (cache.objectOf(entry) as VolumeAttachment | ResourceSlice).spec.nodeName;
}

function judgeRead(question: Question, isRelated: Judge): Decision {
  const { verb, target } = question;
  if (!READS.includes(verb)) return refused('can only read resources of this type');
  if (target.subresource !== '') return refused('cannot read subresource');
  return target.namespace === '' ? refused('can only read namespaced object of this type') : isRelated(question);
}

function judgeGet(question: Question, isRelated: Judge): Decision {
  if (question.verb !== 'get') return refused('can only get individual resources of this type');
  return question.target.subresource === '' ? isRelated(question) : refused('cannot get subresource');
}

function judgeClaim(question: Question, isRelated: Judge): Decision {
  if (question.target.subresource !== 'status') return judgeGet(question, isRelated);
  const writes = question.verb === 'update' || question.verb === 'patch';
  return writes ? isRelated(question) : refused('can only get/update/patch this type');
}

function judgeServiceAccount(question: Question, isRelated: Judge): Decision {
  const { verb, target } = question;
  // Plugins that fetch credentials for images are told whose pods they are for.
  if (verb === 'get' && target.subresource === '') return isRelated(question);
  if (verb !== 'create' || target.name === '') return refused('can only create tokens for individual service accounts');
  return target.subresource === 'token'
    ? isRelated(question)
    : refused('can only create token subresource of serviceaccount');
}

/** Of a new object the name is unknown here: NodeRestriction looks at it. */
function judgeLease({ node, verb, target }: Question): Decision {
  if (!OWN_VERBS.includes(verb)) return refused('can only get, create, update, patch, or delete a node lease');
  if (target.namespace !== LEASES) return refused(`can only access leases in the "${LEASES}" system namespace`);
  return verb === 'create' || target.name === node
    ? ALLOW
    : refused('can only access node lease with the same name as the requesting node');
}

function judgeCsiNode({ node, verb, target }: Question): Decision {
  if (!OWN_VERBS.includes(verb)) return refused('can only get, create, update, patch, or delete a CSINode');
  if (target.subresource !== '') return refused('cannot authorize CSINode subresources');
  return verb === 'create' || target.name === node
    ? ALLOW
    : refused('can only access CSINode with the same name as the requesting node');
}

function judgeSlice(question: Question, isRelated: Judge): Decision {
  const { node, verb, target } = question;
  if (target.subresource !== '') return refused('cannot authorize ResourceSlice subresources');
  if (verb === 'create') return ALLOW;
  if (OWN_VERBS.includes(verb)) return isRelated(question);
  if (!['watch', 'list', 'deletecollection'].includes(verb))
    return refused(
      'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
    );
  return selects(target, 'spec.nodeName', node)
    ? ALLOW
    : refused('can only list/watch/deletecollection resourceslices with nodeName field selector');
}

/** A kubelet may ask for its own Node before it exists. */
function judgeNode({ node, verb, target }: Question): Decision {
  if (target.subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : NO_OPINION;
  if (target.subresource !== '') return NO_OPINION;
  if (['create', 'update', 'patch'].includes(verb)) return ALLOW;
  if (!READS.includes(verb)) return NO_OPINION;
  if (target.name === node) return ALLOW;
  return target.name === ''
    ? refused(`node '${node}' cannot read all nodes, only its own Node object`)
    : refused(`node '${node}' cannot read '${target.name}', only its own Node object`);
}

/** What a node may write of pods is for NodeRestriction to say. */
function judgePod(question: Question, isRelated: Judge): Decision {
  const { node, verb, target } = question;
  const written = `${verb} ${target.subresource}`;
  if (['create ', 'delete ', 'update status', 'patch status', 'create eviction'].includes(written)) return ALLOW;
  if (target.subresource !== '') return NO_OPINION;
  if (verb === 'get') return isRelated(question);
  if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (selects(target, 'spec.nodeName', node)) return ALLOW;
  return target.name === ''
    ? refused('can only list/watch pods with spec.nodeName field selector')
    : isRelated(question);
}

function selects({ fieldEquals }: Question['target'], field: string, value: string): boolean {
  return fieldEquals?.get(field) === value;
}
