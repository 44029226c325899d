export type ConfigurationErrorCode = 'bad-token-file' | 'bad-key' | 'bad-flag' | 'not-supported' | 'start-failed';

/** The server cannot start as it is configured. The message is one line that says what to do. */
export class ConfigurationError extends Error {
  readonly code: ConfigurationErrorCode;
  constructor(code: ConfigurationErrorCode, message: string) {
    super(message);
    this.name = 'ConfigurationError';
    this.code = code;
  }
}
