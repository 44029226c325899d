/** A PKI that lives in memory only, for clusters that end with their process. */
import type { Effects } from '@steersman/machinery';
import { issueAuthority, issueCertificate, issueSigningKey, type KeyPair } from './authority.ts';
import { AUTHORITIES, type PkiRequest, planAuthorities, planCertificates } from './plan.ts';

export interface MemoryPki {
  pair(file: string): KeyPair;
  readonly serviceAccount: { readonly key: string; readonly publicKey: string };
}

/** Issues everything the request plans. Throws RangeError when asked for a certificate that was not planned. */
export async function issuePki(
  request: PkiRequest,
  { clock, random }: Pick<Effects, 'clock' | 'random'>,
): Promise<MemoryPki> {
  const issuing = { nowMs: clock.now(), random };
  const pairs = new Map<string, KeyPair>();
  for (const name of planAuthorities(request)) {
    pairs.set(name, await issueAuthority(AUTHORITIES[name], issuing));
  }
  const specs = planCertificates(request);
  const issued = await Promise.all(specs.map((spec) => issueCertificate(spec, pairs.get(spec.authority)!, issuing)));
  for (const [index, spec] of specs.entries()) pairs.set(spec.file, issued[index]!);
  const pair = (file: string) => {
    const found = pairs.get(file);
    if (found === undefined) throw new RangeError(`the PKI plan has no certificate ${file}`);
    return found;
  };
  return { pair, serviceAccount: await issueSigningKey() };
}
