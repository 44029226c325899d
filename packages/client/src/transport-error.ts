/** Why a request never got an HTTP answer. `retryable` is true when the server cannot have acted on it. */
export type TransportErrorCode =
  | 'ConnectionFailed'
  | 'ConnectionLost'
  | 'BadConfiguration'
  | 'ResponseTooLarge'
  | 'BadResponse';

/** A failure below HTTP, as opposed to `ApiError`, which carries the server's own Status. */
export class TransportError extends Error {
  readonly code: TransportErrorCode;
  readonly retryable: boolean;

  constructor(code: TransportErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'TransportError';
    this.code = code;
    this.retryable = code === 'ConnectionFailed';
  }
}

/** Whether an error says that the server could not be reached or the answer broke off. */
export function isTransportError(error: unknown): error is TransportError {
  return error instanceof TransportError;
}
