/** What a Node may say about itself, and what identifies it for good. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Node,
  type NodeConfigSource,
  names,
  path,
  semanticEqual,
} from '@steersman/api';
import { validateCidr } from '../addresses.ts';
import { each, empty, invalidFor, oneOfListed } from '../checks.ts';
import { internalForm } from '../pod-spec/internal-form.ts';
import { validateAmount } from '../pod-spec/quantities.ts';
import { TAINT_EFFECTS } from '../pod-spec/tolerations.ts';

const SPEC = path('spec');
const STATUS = path('status');
const TAINTS = path('metadata', 'taints'); // Upstream's path for spec.taints.
const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z0-9]+)*$/;
const FEATURE_LENGTH_MAX = 253;
const FEATURE_FORMAT =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";

type Taint = NonNullable<Node['spec']['taints']>[number];
type ConfigMapSource = NonNullable<NodeConfigSource['configMap']>;

export function validateNode(node: Node): FieldError[] {
  const swap = node.status?.nodeInfo?.swap?.capacity;
  return [
    ...validateTaints(node.spec.taints),
    ...validateCapacity(node),
    ...(swap !== undefined && swap <= 0
      ? [fieldErrors.invalid(path('metadata', 'nodeSwapStatus', 'capacity'), swap, 'must be greater than 0')]
      : []),
    ...validateFeatures(node),
    ...validatePodRanges(node),
  ];
}

function validateTaints(taints: readonly Taint[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(taints, TAINTS, (taint, at) => {
    const errors = [
      ...invalidFor(names.qualifiedName(taint.key), taint.key, at.child('key')),
      ...validateTaintValue(taint.value ?? '', at.child('value')),
      ...(empty(taint.effect)
        ? [fieldErrors.required(at.child('effect'), '')]
        : oneOfListed(taint.effect, TAINT_EFFECTS, at.child('effect'))),
    ];
    const key = `${taint.key}:${taint.effect}`;
    if (seen.has(key)) {
      const error = fieldErrors.duplicate(at, internalForm(taint, 'Taint'));
      errors.push({ ...error, message: `${error.message}: taints must be unique by key and effect pair` });
    }
    seen.add(key);
    return errors;
  });
}

function validateTaintValue(value: string, at: FieldPath): FieldError[] {
  const messages = names.labelValue(value);
  return messages.length === 0 ? [] : [fieldErrors.invalid(at, value, messages.join(';'))];
}

function validateCapacity({ status }: Node): FieldError[] {
  const check = (field: 'capacity' | 'allocatable') =>
    Object.entries(status?.[field] ?? {}).flatMap(([name, amount]) =>
      validateAmount(name, amount, STATUS.child(field, name)),
    );
  return [...check('capacity'), ...check('allocatable')];
}

function validateFeatures({ status }: Node): FieldError[] {
  const features = status?.declaredFeatures ?? [];
  return each(features, STATUS.child('declaredFeatures'), (feature, at, index) => {
    const before = features[index - 1];
    // The order is judged before the name, with the feature in front.
    return [
      ...(before === feature ? [fieldErrors.duplicate(at, feature)] : []),
      ...(before !== undefined && before > feature
        ? [fieldErrors.invalid(at, feature, 'list must be sorted alphabetically')]
        : []),
      ...validateFeature(feature, at),
    ];
  });
}

function validateFeature(feature: string, at: FieldPath): FieldError[] {
  const invalid = (why: string) => [
    fieldErrors.invalid(at, feature, `invalid feature name ${JSON.stringify(feature)}: ${why}`),
  ];
  if (Buffer.byteLength(feature) > FEATURE_LENGTH_MAX)
    return invalid(`must be no more than ${FEATURE_LENGTH_MAX} characters`);
  return FEATURE.test(feature) ? [] : invalid(FEATURE_FORMAT);
}

function validatePodRanges({ spec }: Node): FieldError[] {
  const ranges = spec.podCIDRs ?? [];
  const at = SPEC.child('podCIDRs');
  const errors = each(ranges, at, (range, where) => validateCidr(range, where));
  const mixed = new Set(ranges.map((range) => range.includes(':'))).size === 2;
  if (ranges.length > 1 && (!mixed || ranges.length > 2))
    errors.push(fieldErrors.invalid(at, ranges, 'may specify no more than one CIDR for each IP family'));
  return errors;
}

/** What identifies a node to the network and the cloud is set once. */
export function validateNodeChange(node: Node, old: Node): FieldError[] {
  const { spec, status } = node;
  const before = old.spec;
  const { assigned, active, lastKnownGood } = status?.config ?? {};
  const configAt = STATUS.child('config');
  const providerAt = SPEC.child('providerID');
  const providerChanged = !empty(before.providerID) && before.providerID !== spec.providerID;
  const repeated = each(status?.addresses, STATUS.child('addresses'), (address, at, index) => {
    const first = (status?.addresses ?? []).findIndex((other) => semanticEqual(other, address));
    return first < index ? [fieldErrors.duplicate(at, internalForm(address, 'NodeAddress'))] : [];
  });
  return [
    ...validateCapacity(node),
    ...validateFeatures(node),
    ...repeated,
    ...validateRangeChange(spec.podCIDRs ?? [], before.podCIDRs ?? []),
    ...(providerChanged
      ? [fieldErrors.forbidden(providerAt, 'node updates may not change providerID except from "" to valid')]
      : []),
    ...validateConfig(spec.configSource, 'forbidden', SPEC.child('configSource')),
    ...validateConfig(assigned, 'required', configAt.child('assigned')),
    ...validateConfig(active, 'required', configAt.child('active')),
    ...validateConfig(lastKnownGood, 'required', configAt.child('lastKnownGood')),
    ...validateTaints(spec.taints),
    ...((spec.externalID ?? '') === (before.externalID ?? '')
      ? []
      : [fieldErrors.forbidden(SPEC.child('externalID'), 'may not be updated')]),
  ];
}

function validateRangeChange(now: readonly string[], before: readonly string[]): FieldError[] {
  if (before.length === 0) return [];
  const refused = fieldErrors.forbidden(
    SPEC.child('podCIDRs'),
    'node updates may not change podCIDR except from "" to valid',
  );
  if (before.length !== now.length) return [refused];
  return before.filter((range, index) => range !== now[index]).map(() => refused);
}

/** Of no use any more; `identity` says whether it names one version of the ConfigMap. */
function validateConfig(
  source: NodeConfigSource | undefined,
  identity: 'required' | 'forbidden',
  at: FieldPath,
): FieldError[] {
  if (source === undefined) return [];
  if (source.configMap === undefined) {
    const detail = 'exactly one reference subfield must be non-nil';
    return [fieldErrors.invalid(at, internalForm(source, 'NodeConfigSource'), detail)];
  }
  return validateConfigMap(source.configMap, identity, at.child('configMap'));
}

function validateConfigMap(source: ConfigMapSource, identity: 'required' | 'forbidden', at: FieldPath): FieldError[] {
  const version = (['uid', 'resourceVersion'] as const).flatMap((field) => {
    if (identity === 'required') return empty(source[field]) ? [fieldErrors.required(at.child(field), '')] : [];
    return empty(source[field]) ? [] : [fieldErrors.forbidden(at.child(field), `${field} must not be set in spec`)];
  });
  const named = (field: 'namespace' | 'name' | 'kubeletConfigKey', rule: (name: string) => readonly string[]) => {
    const value = source[field];
    const where = at.child(field);
    return empty(value) ? [fieldErrors.required(where, '')] : invalidFor(rule(value), value, where);
  };
  return [
    ...version,
    ...named('namespace', names.dns1123Label),
    ...named('name', names.dns1123Subdomain),
    ...named('kubeletConfigKey', names.configMapKey),
  ];
}
