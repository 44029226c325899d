import { errors, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import type { Storage } from '@steersman/storage';
import type { CacheHub } from '../cache/cache-hub.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import type { RequestContext } from '../registry/contract.ts';
import type { Engine } from '../registry/engine.ts';
import { type ContextSource, ExchangeContext } from '../registry/request-context.ts';
import type { ServedResource } from '../registry/served-resource.ts';

/** What the REST handlers share. */
export interface RestContext extends ContextSource {
  readonly effects: Effects;
  readonly engine: Engine;
  readonly hub: CacheHub;
  readonly storage: Storage;
  /** Resolves in a later turn of the event loop, so that long work can let others in. */
  readonly turn: () => Promise<void>;
  /** Seconds a watch lasts at least when the client sets no time. */
  readonly watchSecondsMin: number;
}

/** One resource request that has found its resource. */
export interface ResourceRequest {
  readonly exchange: Exchange;
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export function contextFor(
  rest: RestContext,
  request: ResourceRequest,
  operation: RequestContext['operation'],
  dryRun: boolean,
): ExchangeContext {
  const { namespace, name, subresource } = request;
  return new ExchangeContext(rest, request.exchange, { namespace, name, operation, subresource, dryRun });
}

export interface WriteParameters {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly force: boolean;
}
const FIELD_MANAGER_LENGTH_MAX = 128;
const PLAIN: WriteParameters = { dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: false };

/** The kind that upstream names when the options of a write are invalid. */
export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** Reads the query of a write. Throws Invalid, about the options, as upstream does. */
export function writeParameters(query: string, kind: WriteOptionsKind): WriteParameters {
  if (query === '') return PLAIN;
  const parameters = new URLSearchParams(query);
  const problems: FieldError[] = [];
  const dryRun = parameters.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) problems.push(fieldErrors.notSupported(path('dryRun'), dryRun, ['All']));
  const fieldManager = parameters.get('fieldManager') ?? '';
  if (fieldManager.length > FIELD_MANAGER_LENGTH_MAX)
    problems.push(fieldErrors.tooLong(path('fieldManager'), fieldManager, FIELD_MANAGER_LENGTH_MAX));
  const validation = parameters.get('fieldValidation') ?? '';
  if (!isValidation(validation))
    problems.push(fieldErrors.notSupported(path('fieldValidation'), validation, ['', 'Ignore', 'Warn', 'Strict']));
  if (problems.length > 0) throw errors.invalid({ group: 'meta.k8s.io', kind }, '', problems);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: isValidation(validation) && validation !== '' ? validation : 'Warn',
    force: parameters.get('force') === 'true',
  };
}

function isValidation(text: string): text is '' | 'Ignore' | 'Warn' | 'Strict' {
  return ['', 'Ignore', 'Warn', 'Strict'].includes(text);
}
