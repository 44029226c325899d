/**
 * JSON Patch (RFC 6902).
 */
import jsonPatch, { type Operation } from 'fast-json-patch';
import { ApiError, errors } from '../errors.ts';
import { DECODE_PROBLEMS_MAX, valueKind } from '../json/problems.ts';
import { duplicateFields } from '../json/scan.ts';
import { isObject } from './values.ts';

/** Upstream's bound on the work one request may ask for. */
export const JSON_PATCH_OPERATIONS_MAX = 10_000;
/** Bytes that `copy` operations may add up to, as JSON: as large as a whole request, since doubling forty times fills any memory. */
export const JSON_PATCH_COPIED_BYTES_MAX = 3 * 1024 * 1024;

const MEMBERS = new Set(['op', 'path', 'from', 'value']);

/**
 * What is odd about a JSON patch without making it wrong: members that no operation has, and members given twice, such as
 * `json patch unknown field "[0].to"`. `text` is what the operations were parsed from. Throws BadRequest when it is no patch.
 */
export function jsonPatchProblems(operations: unknown, text: string): readonly string[] {
  const mistyped = (value: unknown, type: string) =>
    errors.badRequest(`error decoding patch: json: cannot unmarshal ${valueKind(value)} into Go value of type ${type}`);
  if (!Array.isArray(operations)) throw mistyped(operations, '[]handlers.jsonPatchOp');
  const problems = operations.flatMap((operation, at) => {
    if (!isObject(operation)) throw mistyped(operation, 'handlers.jsonPatchOp');
    return Object.keys(operation).flatMap((name) => (MEMBERS.has(name) ? [] : [`unknown field "[${at}].${name}"`]));
  });
  return [...problems, ...duplicateFields(text)]
    .slice(0, DECODE_PROBLEMS_MAX)
    .map((problem) => `json patch ${problem}`);
}

/**
 * The object with the operations applied, in order; all or none. The object itself is not changed.
 * Throws ApiError: 400 when `operations` is no patch, 413 when there are too many, 422 when one does not apply or they copy too much.
 */
export function applyJsonPatch<T>(object: T, operations: unknown): T {
  if (!Array.isArray(operations))
    throw errors.badRequest(`json: cannot unmarshal ${valueKind(operations)} into Go value of type jsonpatch.Patch`);
  if (operations.length > JSON_PATCH_OPERATIONS_MAX)
    throw errors.requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${JSON_PATCH_OPERATIONS_MAX}, got ${operations.length}`,
    );
  try {
    return applyAll(object, operations);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw errors.rejected();
  }
}

function applyAll<T>(object: T, operations: readonly unknown[]): T {
  // Cloned, because the values of operations would otherwise become part of the result and change with it.
  let document = structuredClone(object);
  let copied = 0;
  (structuredClone(operations) as Operation[]).forEach((given, index) => {
    const operation = fromTheFront(document, given);
    if (operation.op === 'copy') {
      copied += (JSON.stringify(jsonPatch.getValueByPointer(document, operation.from)) ?? '').length;
      if (copied > JSON_PATCH_COPIED_BYTES_MAX) throw errors.rejected();
    }
    document = jsonPatch.applyOperation(document, operation, true, true, true, index).newDocument;
  });
  return document;
}

const NEGATIVE = /\/-\d/;

/** The operation with indices that count from the end of a list, as upstream's library takes them, counted from the front. */
function fromTheFront(document: unknown, operation: Operation): Operation {
  const { from } = operation as { readonly from?: unknown };
  if (!NEGATIVE.test(String(operation?.path)) && !NEGATIVE.test(String(from))) return operation;
  const adds = operation.op === 'add' || operation.op === 'copy' || operation.op === 'move';
  const path = resolved(document, String(operation.path), adds ? 1 : 0);
  return { ...operation, path, ...(typeof from === 'string' && { from: resolved(document, from, 0) }) } as Operation;
}

/** `room`: elements that the list of the last step may be longer, for what is added behind it. */
function resolved(document: unknown, pointer: string, room: number): string {
  const steps = pointer.split('/');
  let at = document;
  for (let index = 1; index < steps.length; index += 1) {
    const step = steps[index] ?? '';
    const last = index === steps.length - 1;
    const counted = Array.isArray(at) && /^-\d+$/.test(step) ? at.length + (last ? room : 0) + Number(step) : undefined;
    if (counted !== undefined && counted >= 0) steps[index] = String(counted);
    const key = (steps[index] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
    at =
      typeof at === 'object' && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined;
  }
  return steps.join('/');
}
