import { assert } from '@steersman/machinery';
import type { Operation, Transaction } from './contract.ts';
import { StorageError } from './error.ts';

/** LMDB's own bound with 4 KiB pages is 1978 bytes; Kubernetes' longest keys have some 600. */
export const KEY_BYTES_MAX = 1024;
/** Decisions are made for others, whose longest keys may be ours and a prefix. */
export const DECIDED_KEY_BYTES_MAX = 1900;
/** Above the 3 MiB that the API server takes in a request body, and small enough to be copied without being felt. */
export const VALUE_BYTES_MAX = 4 * 1024 * 1024;
/** The same bound as etcd's default, so that no caller comes to depend on more. */
export const OPERATIONS_PER_TRANSACTION_MAX = 128;

/** Operations of one decision: deleting all keys of a large store is one. Together they may take some hundred megabytes. */
export const DECIDED_OPERATIONS_MAX = 262_144;

/**
 * Checks what every engine refuses alike. Throws StorageError 'too-large' for keys and values over their limits;
 * too many operations, or two on one key, are a bug of the caller.
 */
export function checkTransaction(transaction: Transaction): void {
  const operations = transaction.write;
  assert(operations.length <= OPERATIONS_PER_TRANSACTION_MAX, 'a transaction holds at most 128 operations');
  checkOperations(operations, KEY_BYTES_MAX);
}

/** The same for a decision, of which the number of operations is the caller's business too. */
export function checkDecision(operations: readonly Operation[]): void {
  if (operations.length > DECIDED_OPERATIONS_MAX)
    throw new StorageError(
      'too-large',
      `${operations.length} operations at once: at most ${DECIDED_OPERATIONS_MAX} are allowed`,
    );
  checkOperations(operations, DECIDED_KEY_BYTES_MAX);
}

function checkOperations(operations: readonly Operation[], keyBytesMax: number): void {
  if (operations.length > 1) {
    const keys = new Set(operations.map((operation) => operation.key));
    assert(keys.size === operations.length, 'a transaction touches a key at most once');
  }
  for (const operation of operations) checkOperation(operation, keyBytesMax);
}

function checkOperation(operation: Operation, keyBytesMax: number): void {
  const { key } = operation;
  assert(key.length > 0, 'a key has at least one byte');
  // A UTF-16 unit takes at most three bytes of UTF-8, so short keys need no exact count.
  if (key.length * 3 > keyBytesMax && Buffer.byteLength(key) > keyBytesMax)
    throw new StorageError('too-large', `key of ${Buffer.byteLength(key)} bytes: at most ${keyBytesMax} are allowed`);
  if (operation.kind === 'put' && operation.value.length > VALUE_BYTES_MAX)
    throw new StorageError(
      'too-large',
      `value of ${operation.value.length} bytes for ${key}: at most ${VALUE_BYTES_MAX} are allowed`,
    );
}
