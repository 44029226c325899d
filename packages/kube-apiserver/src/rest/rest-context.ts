import { errors, type FieldError, fieldErrors, path } from '@steersman/api';
import type { Effects } from '@steersman/machinery';
import { queryFlag } from '@steersman/server';
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
const FIELD_MANAGER_BYTES_MAX = 128;
const PLAIN: WriteParameters = { dryRun: false, fieldManager: '', fieldValidation: 'Warn', force: false };
/** Upstream's list as its messages show it. */
const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'] as const;

/** The kind that upstream names when the options of a write are invalid. */
export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

/** Reads the query of a write. Throws Invalid, about the options, as upstream does. `apply`: for a patch of that type. */
export function writeParameters(query: string, kind: WriteOptionsKind, apply = false): WriteParameters {
  if (query === '' && !apply) return PLAIN;
  const parameters = new URLSearchParams(query);
  const problems: FieldError[] = [];
  const fieldManager = parameters.get('fieldManager') ?? '';
  if (apply && fieldManager === '')
    problems.push(fieldErrors.required(path('fieldManager'), 'is required for apply patch'));
  if (kind === 'PatchOptions' && !apply && parameters.has('force'))
    problems.push(fieldErrors.forbidden(path('force'), 'may not be specified for non-apply patch'));
  problems.push(...managerProblems(fieldManager));
  const dryRun = parameters.getAll('dryRun');
  if (dryRun.some((value) => value !== 'All')) problems.push(fieldErrors.notSupported(path('dryRun'), dryRun, ['All']));
  const validation = parameters.get('fieldValidation') ?? '';
  if (!isValidation(validation))
    problems.push(fieldErrors.notSupported(path('fieldValidation'), validation, VALIDATIONS));
  if (problems.length > 0) throw errors.invalid({ group: 'meta.k8s.io', kind }, '', problems);
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: isValidation(validation) && validation !== '' ? validation : 'Warn',
    force: queryFlag(parameters.get('force')),
  };
}

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const PLAIN_NAME = /^[ -~]{0,128}$/;

function managerProblems(name: string): readonly FieldError[] {
  if (PLAIN_NAME.test(name)) return [];
  const at = path('fieldManager');
  const problems: FieldError[] = [];
  if (Buffer.byteLength(name) > FIELD_MANAGER_BYTES_MAX)
    problems.push(fieldErrors.tooLong(at, name, FIELD_MANAGER_BYTES_MAX));
  let position = 0;
  for (const character of name) {
    if (!PRINTABLE.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      problems.push(fieldErrors.invalid(at, name, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return problems;
}

function isValidation(text: string): text is '' | 'Ignore' | 'Warn' | 'Strict' {
  return (VALIDATIONS as readonly string[]).includes(text);
}
