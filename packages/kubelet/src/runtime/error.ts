/** Why a runtime did not do what it was asked. */
export type RuntimeErrorCode =
  | 'unimplemented'
  | 'not-found'
  | 'already-exists'
  | 'timeout'
  | 'unavailable'
  | 'invalid'
  | 'failed';

/** Every failure of a `ContainerRuntime`. `message` is the runtime's own text: people see it in events. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;
  constructor(code: RuntimeErrorCode, message: string) {
    super(message);
    this.name = 'RuntimeError';
    this.code = code;
  }
}
export const isRuntimeError = (error: unknown, code: RuntimeErrorCode): boolean =>
  error instanceof RuntimeError && error.code === code;
/** One line about anything thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
