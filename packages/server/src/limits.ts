/** Longest request body, bytes: upstream's limit for resource requests (3 MiB). */
export const REQUEST_BODY_BYTES_MAX = 3 * 1024 * 1024;
/** A body must be complete this long after its headers, so that slow senders cannot hold memory. */
export const REQUEST_BODY_WAIT_MS_MAX = 60_000;
/** Request line and headers together, bytes: Go's default is 1 MiB; 64 KiB holds any token and any impersonation. */
export const REQUEST_HEADER_BYTES_MAX = 64 * 1024;
/** Unsent bytes of one response stream before its writer has to wait, so that one unread list costs little. */
export const STREAM_UNSENT_BYTES_MAX = 256 * 1024;
/** Concurrent streams of one HTTP/2 connection: client-go sends all its watches over one, and opens a second beyond this. */
export const SESSION_STREAMS_MAX = 1000;
/** Memory of one HTTP/2 session, MiB: every stream may hold its unsent bytes at the same time, with room for headers. */
export const SESSION_MEMORY_MIB_MAX = 512;
/** Bytes a client may send on one stream before we have read them: upstream's value. */
export const STREAM_RECEIVE_WINDOW_BYTES = 256 * 1024;
/** An idle HTTP/1.1 connection is closed after this; longer than Go's client keeps one (90 s). */
export const IDLE_CONNECTION_MS_MAX = 120_000;
