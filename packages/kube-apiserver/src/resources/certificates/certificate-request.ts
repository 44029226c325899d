/** Certificate requests as PEM and PKCS #10 (RFC 2986): whether they are well-formed and signed by their own key. */
import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([\s\S]*?)-----END \1-----/g;
/** Hashes by the object identifier of the signature's algorithm. */
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.1': 'sha1',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const ED25519 = '1.3.101.112';
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

interface Element {
  readonly tag: number;
  /** The whole element, header included. */
  readonly whole: Buffer;
  readonly content: Buffer;
}
interface Block {
  readonly type: string;
  readonly headers: boolean;
  readonly der: Buffer;
}

/** What is wrong with a request, in the words of the parser that upstream uses; undefined when nothing is. */
export function requestProblem(text: string): string | undefined {
  const [block] = pemBlocks(text);
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  const [request] = elementsOf(block.der);
  const [info, algorithm, signature] = request?.tag === SEQUENCE ? elementsOf(request.content) : [];
  const [, , key] = info?.tag === SEQUENCE ? elementsOf(info.content) : [];
  if (info === undefined || algorithm === undefined || signature?.tag !== BIT_STRING || key === undefined)
    return "asn1: structure error: tags don't match (16 vs {class:0 tag:0 length:0 isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} certificateRequest @2";
  return signatureProblem(info.whole, oidOf(algorithm), signature.content.subarray(1), key.whole);
}

function signatureProblem(signed: Buffer, oid: string, signature: Buffer, spki: Buffer): string | undefined {
  const key = publicKeyOf(spki);
  if (key === undefined) return 'x509: unknown public key algorithm';
  const hash = HASHES[oid];
  if (hash === undefined && oid !== ED25519) return 'x509: cannot verify signature: algorithm unimplemented';
  if (hash === 'sha1')
    return `x509: cannot verify signature: insecure algorithm ${key.asymmetricKeyType === 'rsa' ? 'SHA1-RSA' : 'ECDSA-SHA1'}`;
  if (verify(hash ?? null, signed, key, signature)) return undefined;
  if (key.asymmetricKeyType === 'rsa') return 'crypto/rsa: verification error';
  return key.asymmetricKeyType === 'ec' ? 'x509: ECDSA verification failure' : 'x509: Ed25519 verification failure';
}

function publicKeyOf(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** What is wrong with an issued chain; an empty one is none yet. */
export function chainProblem(text: string): string | undefined {
  if (text === '') return undefined;
  const blocks = pemBlocks(text);
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const { type, headers, der } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (headers) return 'no PEM block headers are permitted';
    if (!isCertificate(der)) return 'x509: malformed certificate';
  }
  return undefined;
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}

function pemBlocks(text: string): readonly Block[] {
  return [...text.matchAll(PEM_BLOCK)].map(([, type = '', body = '']) => {
    const lines = body.split(/\r?\n/);
    const headers = lines.some((line) => line.includes(':'));
    const data = lines.filter((line) => !line.includes(':')).join('');
    return { type, headers, der: Buffer.from(data, 'base64') };
  });
}

/** The elements of a DER value, one after the other; what is cut off is left out. */
function elementsOf(der: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 2 <= der.length; ) {
    const first = der[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first & 0x7f;
    if (extra > 4 || at + 2 + extra > der.length) return elements;
    const length = extra === 0 ? first : der.readUIntBE(at + 2, extra);
    const start = at + 2 + extra;
    if (start + length > der.length) return elements;
    const whole = der.subarray(at, start + length);
    elements.push({ tag: der[at] ?? 0, whole, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function oidOf(algorithm: Element): string {
  const bytes = elementsOf(algorithm.content)[0]?.content ?? Buffer.alloc(0);
  const parts: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      parts.push(
        ...(parts.length === 0
          ? [Math.min(Math.floor(value / 40), 2), value - 40 * Math.min(Math.floor(value / 40), 2)]
          : [value]),
      );
      value = 0;
    }
  }
  return parts.join('.');
}
