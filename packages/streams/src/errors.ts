/** What can go wrong on a streaming connection. Codes are stable; messages are for people. */
export type StreamsErrorCode =
  /** The peer broke the framing rules; the connection is unusable. */
  | 'ProtocolViolation'
  /** The peer ended one stream with an error. */
  | 'StreamReset'
  /** The connection is gone. */
  | 'ConnectionClosed'
  /** The peer did not open or answer its streams in time. */
  | 'Timeout'
  /** The other side answered the upgrade request with an ordinary response. */
  | 'UpgradeRefused'
  /** A limit of this side would be exceeded. */
  | 'LimitExceeded';

export class StreamsError extends Error {
  readonly code: StreamsErrorCode;
  /** The HTTP status behind an `UpgradeRefused`. */
  readonly httpStatus: number | undefined;

  constructor(code: StreamsErrorCode, message: string, httpStatus?: number) {
    super(message);
    this.name = 'StreamsError';
    this.code = code;
    this.httpStatus = httpStatus;
  }
}
