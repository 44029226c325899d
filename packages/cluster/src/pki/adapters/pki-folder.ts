/** The PKI folder on disk: reads what is there, issues what is missing or near its end, keeps everything else. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Effects } from '@steersman/machinery';
import { writeFileAtomically } from '../../files/adapters/atomic-file.ts';
import { issueAuthority, issueCertificate, issueSigningKey, type KeyPair } from '../authority.ts';
import { AUTHORITIES, type CertificateSpec, type PkiRequest, planAuthorities, planCertificates } from '../plan.ts';
import { authorityServes, stillServes } from '../validity.ts';

/** The certificates of a cluster, read into memory. */
export interface Pki {
  readonly folder: string;
  /** By file name without ending: `ca`, `apiserver`, `nodes/<name>/kubelet`. */
  pair(file: string): KeyPair;
  readonly serviceAccount: { readonly key: string; readonly publicKey: string };
  /** The files written by this call; empty when everything was there. */
  readonly issued: readonly string[];
}

/** Brings the folder up to date and returns what is in it. Existing keys are never replaced while they still serve. */
export async function ensurePki(
  folder: string,
  request: PkiRequest,
  effects: Pick<Effects, 'clock' | 'random'>,
): Promise<Pki> {
  const issuing = { nowMs: effects.clock.now(), random: effects.random };
  const pairs = new Map<string, KeyPair>();
  const issued: string[] = [];
  const keep = (file: string, pair: KeyPair) => {
    writePair(folder, file, pair);
    pairs.set(file, pair);
    issued.push(file);
  };
  for (const name of planAuthorities(request)) {
    const found = readPair(folder, name);
    if (found !== undefined && authorityServes(found.certificate, issuing.nowMs)) pairs.set(name, found);
    else keep(name, await issueAuthority(AUTHORITIES[name], issuing));
  }
  const wanting = planCertificates(request).filter((spec) => !reuse(folder, spec, pairs, issuing.nowMs));
  await Promise.all(
    wanting.map(async (spec) => keep(spec.file, await issueCertificate(spec, pairs.get(spec.authority)!, issuing))),
  );
  return {
    folder,
    issued,
    serviceAccount: await ensureSigningKey(folder, issued),
    pair: (file) => pairOf(pairs, file),
  };
}

function reuse(folder: string, spec: CertificateSpec, pairs: Map<string, KeyPair>, nowMs: number): boolean {
  const found = readPair(folder, spec.file);
  if (found === undefined || !stillServes(found.certificate, spec, pairs.get(spec.authority)!.certificate, nowMs))
    return false;
  pairs.set(spec.file, found);
  return true;
}

function pairOf(pairs: ReadonlyMap<string, KeyPair>, file: string): KeyPair {
  const pair = pairs.get(file);
  if (pair === undefined) throw new RangeError(`the PKI plan has no certificate ${file}`);
  return pair;
}

async function ensureSigningKey(folder: string, issued: string[]): Promise<{ key: string; publicKey: string }> {
  const [key, publicKey] = [read(join(folder, 'sa.key')), read(join(folder, 'sa.pub'))];
  if (key !== undefined && publicKey !== undefined) return { key, publicKey };
  const fresh = await issueSigningKey();
  writeFileAtomically(join(folder, 'sa.key'), fresh.key, 0o600);
  writeFileAtomically(join(folder, 'sa.pub'), fresh.publicKey, 0o644);
  issued.push('sa');
  return fresh;
}

function readPair(folder: string, file: string): KeyPair | undefined {
  const certificate = read(join(folder, `${file}.crt`));
  const key = read(join(folder, `${file}.key`));
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

function writePair(folder: string, file: string, pair: KeyPair): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomically(`${path}.key`, pair.key, 0o600);
  writeFileAtomically(`${path}.crt`, pair.certificate, 0o644);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
