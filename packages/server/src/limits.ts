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
/** A connection on which nothing moves is closed after this; longer than Go's client keeps one (90 s). */
export const IDLE_CONNECTION_MS_MAX = 120_000;
/** A handshake, and then the headers of a request, must be complete after this: upstream's value. */
export const REQUEST_HEADER_WAIT_MS_MAX = 32_000;
/** How often connections are looked at for headers that are late. */
export const CONNECTION_CHECK_MS = 8_000;
/** Open connections: two for each of 5,000 nodes and as many for others; an idle one costs some 60 KiB. */
export const CONNECTIONS_MAX = 20_000;
/** Headers of one HTTP/2 request: a user with a thousand groups is impersonated with as many headers. Bytes bound them too. */
export const REQUEST_HEADERS_MAX = 2_000;
/** HTTP/1.1 requests that wait for the ones before them on their connection. No client of Kubernetes sends any. */
export const PIPELINED_REQUESTS_MAX = 1_000;
/** Streams of one connection that its client may reset at once (CVE-2023-44487), as when all its watches end ... */
export const STREAM_RESETS_MAX = 1_000;
/** ... and how many more with each second. */
export const STREAM_RESETS_PER_SECOND = 33;
/** So much of a refused body is read so that its connection can be kept, as Go does: a handshake costs more. */
export const UNREAD_REQUEST_BYTES_MAX = 256 * 1024;
/** After an answer to a request that has not been read to its end, the client gets this long to read it. */
export const UNREAD_REQUEST_LINGER_MS = 500;
/** A client that reads nothing of its answer for so long is cut off: upstream's limit for a whole request. */
export const UNREAD_RESPONSE_MS_MAX = 60_000;
/** Whole answers up to this size wait for ever to be read: with every stream of a connection, 64 MiB. */
export const UNREAD_ANSWER_BYTES_MAX = 64 * 1024;
/**
 * How long a server that ends waits for the first request of a connection, as Go's servers do. Who opened a connection is about to
 * send one, and could not tell afterwards whether it was carried out.
 */
export const FIRST_REQUEST_MS_MAX = 5000;
