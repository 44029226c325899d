/**
 * Errors of the API: a closed set of reasons, each with its HTTP code, carried as a `Status` object
 * (API conventions, "HTTP Status codes" and "Response Status Kind").
 */
import { aggregateMessage, type FieldError } from './field-errors.ts';
import type { GroupKind, GroupResource, Status, StatusCause, StatusDetails } from './generated/meta.ts';

/** A failed request, with the Status the server sent or is about to send. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status;
  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'the server answered with an error');
    this.status = status;
  }
  /** HTTP status code. */
  get code(): number {
    return this.status.code ?? 500;
  }
  get reason(): string {
    return this.status.reason ?? '';
  }
}

function failure(code: number, reason: string, message: string, details?: StatusDetails): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
}

/** `{group, kind}` as Status details carry them; the empty group is left out. */
function about({ group, resource }: GroupResource, name: string): StatusDetails {
  return { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource };
}
const resourceText = ({ group, resource }: GroupResource): string => (group === '' ? resource : `${resource}.${group}`);
const kindText = ({ group, kind }: GroupKind): string => (group === '' ? kind : `${kind}.${group}`);

/** The codes that a reason-less answer is given, for servers behind proxies. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Makers of ApiErrors; texts and codes are upstream's, which clients match on. */
export const errors = {
  badRequest: (message: string): ApiError => failure(400, 'BadRequest', message),
  unauthorized: (message = 'Unauthorized'): ApiError => failure(401, 'Unauthorized', message),
  forbidden: (of: GroupResource, name: string, why: string): ApiError => {
    const head =
      name === '' ? `${resourceText(of)} is forbidden` : `${resourceText(of)} ${JSON.stringify(name)} is forbidden`;
    return failure(403, 'Forbidden', `${head}: ${why}`, about(of, name));
  },
  /** For paths outside the resource tree. */
  forbiddenPath: (message: string): ApiError => failure(403, 'Forbidden', message, {}),
  notFound: (of: GroupResource, name: string): ApiError =>
    failure(404, 'NotFound', `${resourceText(of)} ${JSON.stringify(name)} not found`, about(of, name)),
  /** No such path or resource type. */
  notFoundPath: (): ApiError => failure(404, 'NotFound', 'the server could not find the requested resource', {}),
  methodNotSupported: (of: GroupResource, verb: string): ApiError =>
    failure(
      405,
      'MethodNotAllowed',
      `${verb} is not supported on resources of kind ${JSON.stringify(resourceText(of))}`,
      about(of, ''),
    ),
  methodNotAllowed: (): ApiError =>
    failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  notAcceptable: (mediaTypes: readonly string[]): ApiError =>
    failure(406, 'NotAcceptable', `only the following media types are accepted: ${mediaTypes.join(', ')}`),
  alreadyExists: (of: GroupResource, name: string): ApiError =>
    failure(409, 'AlreadyExists', `${resourceText(of)} ${JSON.stringify(name)} already exists`, about(of, name)),
  /** generateName found no free name. */
  generateNameConflict: (of: GroupResource, name: string): ApiError =>
    failure(
      409,
      'AlreadyExists',
      `${resourceText(of)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`,
      { ...about(of, name), retryAfterSeconds: 1 },
    ),
  conflict: (of: GroupResource, name: string, why: string): ApiError =>
    failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${resourceText(of)} ${JSON.stringify(name)}: ${why}`,
      about(of, name),
    ),
  /** The text of an optimistic-lock failure. */
  modified: (of: GroupResource, name: string): ApiError =>
    errors.conflict(
      of,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
  /** A server-side apply that others' fields stand against. */
  applyConflict: (causes: readonly StatusCause[], message: string): ApiError =>
    failure(409, 'Conflict', message, { causes }),
  gone: (message: string): ApiError => failure(410, 'Gone', message),
  /** The resourceVersion or continue token is older than the history kept. */
  expired: (message: string): ApiError => failure(410, 'Expired', message),
  requestEntityTooLarge: (message: string): ApiError => failure(413, 'RequestEntityTooLarge', message),
  unsupportedMediaType: (mediaTypes: readonly string[]): ApiError =>
    failure(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${mediaTypes.join(', ')}`,
    ),
  invalid: (of: GroupKind, name: string, problems: readonly FieldError[]): ApiError => {
    const message = `${kindText(of)} ${JSON.stringify(name)} is invalid${problems.length === 0 ? '' : `: ${aggregateMessage(problems)}`}`;
    const causes = problems.map(({ type, message: text, field }) => ({ reason: type, message: text, field }));
    return failure(422, 'Invalid', message, {
      ...about({ group: of.group, resource: of.kind }, name),
      ...(causes.length === 0 ? {} : { causes }),
    });
  },
  tooManyRequests: (message: string, retryAfterSeconds: number, causes?: readonly StatusCause[]): ApiError =>
    failure(429, 'TooManyRequests', message, {
      ...(causes === undefined ? {} : { causes }),
      ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    }),
  internal: (message: string): ApiError =>
    failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),
  notImplemented: (message: string): ApiError => failure(501, 'NotImplemented', message),
  serviceUnavailable: (message: string): ApiError => failure(503, 'ServiceUnavailable', message),
  timeout: (message: string, retryAfterSeconds = 0): ApiError =>
    failure(504, 'Timeout', `Timeout: ${message}`, retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  /** A resourceVersion from the future (API concepts, "Unavailable resource versions"). */
  resourceVersionTooLarge: (requested: string, current: string): ApiError =>
    failure(504, 'Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),
  /** A failure that upstream gives no reason: clients print its message as it is. */
  unclassified: (message: string): ApiError =>
    new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 }),
  /** A well-formed patch that does not fit the object: upstream keeps the details to itself. */
  rejected: (): ApiError =>
    failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),
  /** What a client makes of an answer without a usable Status body. */
  fromCode: (code: number, message: string): ApiError => failure(code, REASONS[code] ?? 'Unknown', message),
} as const;

/** The Status of anything thrown: an ApiError's own, or an internal error that does not show its insides. */
export function statusOf(error: unknown): Status {
  if (error instanceof ApiError) return error.status;
  return errors.internal(error instanceof Error ? error.message : String(error)).status;
}

function hasReason(error: unknown, ...reasons: readonly string[]): boolean {
  return error instanceof ApiError && reasons.includes(error.reason);
}
export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound');
/** For `.catch()` of requests about an object that may have gone: then there is nothing left to do. Throws any other error. */
export function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists');
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict');
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid');
export const isForbidden = (error: unknown): boolean => hasReason(error, 'Forbidden');
export const isUnauthorized = (error: unknown): boolean => hasReason(error, 'Unauthorized');
/** 410: the list or watch must start over. */
export const isExpired = (error: unknown): boolean => hasReason(error, 'Expired', 'Gone');
export const isTooManyRequests = (error: unknown): boolean => hasReason(error, 'TooManyRequests');
export const isServerTimeout = (error: unknown): boolean => hasReason(error, 'Timeout', 'ServerTimeout');
/** The namespace is on its way out, so creating in it will not work again. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!hasReason(error, 'Forbidden')) return false;
  const causes = (error as ApiError).status.details?.causes ?? [];
  return causes.some((cause) => cause.reason === 'NamespaceTerminating');
}
