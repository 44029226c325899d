export type FlagErrorCode = 'unknown-flag' | 'missing-value' | 'invalid-value' | 'bad-syntax' | 'unexpected-argument';

/** A command line that cannot be understood. The message is the one users of upstream's components know. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
  readonly code: FlagErrorCode;
  constructor(code: FlagErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
