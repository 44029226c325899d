/**
 * The preset zlib dictionary of SPDY/3 header blocks (SPDY Protocol, draft 3.1, section 2.6.10.1): header names and
 * values that occur often, each with its length in front, and then a run of plain text.
 */
const PREFIXED_WORDS = [
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow',
  'authorization cache-control connection content-base content-encoding content-language content-length',
  'content-location content-md5 content-range content-type date etag expect expires from host if-match',
  'if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma',
  'proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade',
  'user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie',
  'keep-alive origin',
]
  .join(' ')
  .split(' ')
  .map((word) => word.replace('_', ' '));

const TEXT = [
  '1001012012022052063003023033043053063074024054064074084094104114124134144154164175025045',
  '05203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized',
  '403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable',
  'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT',
  'chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,',
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.',
].join('');

function prefixed(word: string): Buffer {
  const bytes = Buffer.alloc(4 + word.length);
  bytes.writeUInt32BE(word.length);
  bytes.write(word, 4, 'latin1');
  return bytes;
}

/** 1,423 bytes. */
export const SPDY_DICTIONARY: Buffer = Buffer.concat([...PREFIXED_WORDS.map(prefixed), Buffer.from(TEXT, 'latin1')]);

/** The dictionary's Adler-32, which a zlib stream names in its header. */
export const SPDY_DICTIONARY_ID = 0xe3c6a7c2;
