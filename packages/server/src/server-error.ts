export type ServerErrorCode = 'address-in-use' | 'cannot-listen' | 'bad-certificate' | 'unreadable-file';

/** Why a server cannot run. The message is one line that says what to do. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;
  constructor(code: ServerErrorCode, message: string) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
  }
}
