/** What a webhook may look like. */
import {
  type FieldError,
  type FieldPath,
  fieldErrors,
  type MutatingWebhook,
  names,
  path,
  semanticEqual,
  type ValidatingWebhook,
} from '@steersman/api';
import { each, empty, invalidFor, oneOf } from '../checks.ts';
import { validateWebhookService, validateWebhookUrl } from '../client-config.ts';
import { validateLabelSelector } from '../selectors.ts';
import { validateMatchConditions } from './expressions.ts';
import { FAILURE_POLICIES, MATCH_POLICIES, validateRule } from './rules.ts';

type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>;

const HARMLESS = ['None', 'NoneOnDryRun'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const WEBHOOKS = path('webhooks');

/** What a stored object has wrong may stay wrong, as upstream allows. */
interface Tolerated {
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly names: boolean;
  readonly matchConditions: boolean;
}

export function validateWebhooks(webhooks: readonly Webhook[] | undefined, old?: readonly Webhook[]): FieldError[] {
  const tolerated = toleratedBy(old, webhooks ?? []);
  const seen = new Set<string>();
  return each(webhooks, WEBHOOKS, (webhook, at) => {
    const twice = !tolerated.names && !empty(webhook.name) && seen.has(webhook.name);
    seen.add(webhook.name);
    return [
      ...validateWebhook(webhook, tolerated, at),
      ...validateReviewVersions(webhook.admissionReviewVersions, tolerated, at.child('admissionReviewVersions')),
      ...(twice ? [fieldErrors.duplicate(at.child('name'), webhook.name)] : []),
    ];
  });
}

function toleratedBy(old: readonly Webhook[] | undefined, now: readonly Webhook[]): Tolerated {
  if (old === undefined) return { sideEffects: false, reviewVersions: false, names: false, matchConditions: false };
  const known = ({ admissionReviewVersions: versions }: Webhook): boolean =>
    (versions ?? []).length === 0 || versions.some((version) => REVIEW_VERSIONS.includes(version));
  const conditions = (list: readonly Webhook[]) => list.map(({ matchConditions }) => matchConditions ?? []);
  return {
    sideEffects: !old.every(({ sideEffects }) => HARMLESS.includes(sideEffects ?? '')),
    reviewVersions: !old.every(known),
    names: new Set(old.map(({ name }) => name)).size < old.length,
    matchConditions: semanticEqual(conditions(old), conditions(now)),
  };
}

function validateWebhook(webhook: Webhook, tolerated: Tolerated, at: FieldPath): FieldError[] {
  const { failurePolicy, matchPolicy, timeoutSeconds: timeout, reinvocationPolicy } = webhook;
  const slow = timeout !== undefined && (timeout < 1 || timeout > 30);
  const detail = 'the timeout value must be between 1 and 30 seconds';
  return [
    ...validateName(webhook.name, at.child('name')),
    ...each(webhook.rules, at.child('rules'), validateRule),
    ...(failurePolicy === undefined ? [] : oneOf(failurePolicy, FAILURE_POLICIES, at.child('failurePolicy'))),
    ...(matchPolicy === undefined ? [] : oneOf(matchPolicy, MATCH_POLICIES, at.child('matchPolicy'))),
    ...validateSideEffects(webhook.sideEffects, tolerated, at.child('sideEffects')),
    ...(slow ? [fieldErrors.invalid(at.child('timeoutSeconds'), timeout, detail)] : []),
    ...validateLabelSelector(webhook.namespaceSelector, at.child('namespaceSelector')),
    ...validateLabelSelector(webhook.objectSelector, at.child('objectSelector')),
    ...(reinvocationPolicy === undefined
      ? []
      : oneOf(reinvocationPolicy, ['IfNeeded', 'Never'], at.child('reinvocationPolicy'))),
    ...validateClientConfig(webhook.clientConfig, at.child('clientConfig')),
    ...(tolerated.matchConditions
      ? []
      : validateMatchConditions(webhook.matchConditions, {}, at.child('matchConditions'))),
  ];
}

function validateName(name: string | undefined, at: FieldPath): FieldError[] {
  if (empty(name)) return [fieldErrors.required(at, '')];
  const messages = names.dns1123Subdomain(name);
  if (messages.length > 0) return [fieldErrors.invalid(at, name, messages.join(','))];
  const short = name.split('.').length < 3;
  return short
    ? [fieldErrors.invalid(at, name, 'should be a domain with at least three segments separated by dots')]
    : [];
}

function validateSideEffects(sideEffects: string | undefined, tolerated: Tolerated, at: FieldPath): FieldError[] {
  const allowed = tolerated.sideEffects ? SIDE_EFFECTS : HARMLESS;
  if (sideEffects === undefined) return [fieldErrors.required(at, `must specify one of ${allowed.join(', ')}`)];
  return oneOf(sideEffects, allowed, at);
}

function validateClientConfig(config: Webhook['clientConfig'] | undefined, at: FieldPath): FieldError[] {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined))
    return [fieldErrors.required(at, 'exactly one of url or service is required')];
  if (url !== undefined) return validateWebhookUrl(url, at.child('url'));
  return service === undefined ? [] : validateWebhookService(service, at.child('service'));
}

function validateReviewVersions(
  versions: readonly string[] | undefined,
  tolerated: Tolerated,
  at: FieldPath,
): FieldError[] {
  const list = versions ?? [];
  const understood = REVIEW_VERSIONS.join(', ');
  if (list.length === 0) return [fieldErrors.required(at, `must specify one of ${understood}`)];
  const seen = new Set<string>();
  const errors = each(list, at, (version, where) => {
    if (seen.has(version)) return [fieldErrors.invalid(where, version, 'duplicate version')];
    seen.add(version);
    return invalidFor(names.dns1035Label(version), version, where);
  });
  if (tolerated.reviewVersions || list.some((version) => REVIEW_VERSIONS.includes(version))) return errors;
  return [...errors, fieldErrors.invalid(at, list, `must include at least one of ${understood}`)];
}
