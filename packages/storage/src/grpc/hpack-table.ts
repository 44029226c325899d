/** A header field. */
export type Field = readonly [name: string, value: string];

/** HPACK's static table (RFC 7541, appendix A), from index 1 on: names, with the values that a name has there. */
const STATIC = `:authority
:method GET POST
:path / /index.html
:scheme http https
:status 200 204 206 304 400 404 500
accept-charset
accept-encoding gzip,\xa0deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`;

export const STATIC_FIELDS: readonly Field[] = STATIC.split('\n').flatMap((line): readonly Field[] => {
  const [name = '', ...values] = line.split(' ');
  return values.length === 0 ? [[name, '']] : values.map((value) => [name, value.replace('\xa0', ' ')]);
});

/** Bytes of the dynamic table that both sides begin with; this side never allows more. */
export const TABLE_BYTES_MAX = 4096;

/** What a field takes in the dynamic table (RFC 7541, 4.1). */
export function sizeOf([name, value]: Field): number {
  return name.length + value.length + 32;
}
