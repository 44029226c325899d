/**
 * JSON Patch (RFC 6902).
 */
import jsonPatch, { type Operation } from 'fast-json-patch';
import { ApiError, errors } from '../errors.ts';
import { valueKind } from '../json/problems.ts';

/** Upstream's bound on the work one request may ask for. */
export const JSON_PATCH_OPERATIONS_MAX = 10_000;
/** Bytes that `copy` operations may add up to, as JSON: as large as a whole request, since doubling forty times fills any memory. */
export const JSON_PATCH_COPIED_BYTES_MAX = 3 * 1024 * 1024;

/**
 * The object with the operations applied, in order; all or none. The object itself is not changed.
 * Throws ApiError: 400 when `operations` is no patch, 413 when it asks for too much, 422 when an operation does not apply.
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
  (structuredClone(operations) as Operation[]).forEach((operation, index) => {
    if (operation.op === 'copy') {
      copied += (JSON.stringify(jsonPatch.getValueByPointer(document, operation.from)) ?? '').length;
      if (copied > JSON_PATCH_COPIED_BYTES_MAX)
        throw errors.requestEntityTooLarge(
          `the copy operations of a JSON patch may add up to ${JSON_PATCH_COPIED_BYTES_MAX} bytes; patch in several requests`,
        );
    }
    document = jsonPatch.applyOperation(document, operation, true, true, true, index).newDocument;
  });
  return document;
}
