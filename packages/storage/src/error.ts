import type { StorageErrorCode } from './contract.ts';

/** Every failure of a storage engine. `code` is the part to decide by; the message is for people. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function isStorageError(error: unknown, code?: StorageErrorCode): error is StorageError {
  return error instanceof StorageError && (code === undefined || error.code === code);
}

export const errors = {
  compacted: (revision: number, compactedRevision: number) =>
    new StorageError(
      'compacted',
      `revision ${revision} is compacted: the oldest that can be read is ${compactedRevision}`,
    ),
  futureRevision: (revision: number, currentRevision: number) =>
    new StorageError('future-revision', `revision ${revision} has not happened yet: the newest is ${currentRevision}`),
  closed: () => new StorageError('unavailable', 'the storage is closed'),
};
