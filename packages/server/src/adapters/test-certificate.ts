/** For tests: a certificate that signs itself, for 127.0.0.1, good for server and client. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** False where there is openssl, else why a test cannot run. */
export const withoutOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed';

export function testCertificate(): { readonly key: Buffer; readonly certificate: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-server-'));
  const [keyFile, certificateFile] = [join(folder, 'key'), join(folder, 'crt')];
  const kind = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /O=team/O=other/CN=robot';
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  spawnSync('openssl', [...kind.split(' '), ...names, '-keyout', keyFile, '-out', certificateFile]);
  const made = { key: readFileSync(keyFile), certificate: readFileSync(certificateFile) };
  rmSync(folder, { recursive: true });
  return made;
}
