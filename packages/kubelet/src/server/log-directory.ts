import { errors } from '@steersman/api';
import type { HttpResponse } from '@steersman/server';
import { openLogPath } from './adapters/log-directory.ts';

const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** /logs: a listing of a directory under the node's log directory, or a file of it. */
export async function serveLogDirectory(
  root: string | undefined,
  segments: readonly string[],
  response: HttpResponse,
): Promise<void> {
  if (root === undefined) throw errors.methodNotAllowed();
  const found = await openLogPath(root, segments);
  if (found === undefined) throw errors.notFoundPath();
  if (found.kind === 'directory') {
    const lines = found.entries.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`).join('');
    response.send(200, { 'content-type': 'text/html; charset=utf-8' }, Buffer.from(`<pre>\n${lines}</pre>\n`));
    return;
  }
  const out = response.stream(200, { 'content-type': 'text/plain; charset=utf-8' });
  for await (const chunk of found.chunks) {
    if (out.closed) return;
    if (!out.write(chunk)) await out.drained();
  }
  out.end();
}
