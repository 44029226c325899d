/**
 * The subject of a certificate request (PKCS #10, RFC 2986), as far as admission needs it.
 */
const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_IDENTIFIER = 0x06;
/** 2.5.4.10 */
const ORGANIZATION = Buffer.from([0x55, 0x04, 0x0a]);
const PEM = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([\s\S]+?)-----END/;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The organizations of the subject; none when the text is no certificate request: other checks tell that. */
export function organizationsOf(pem: string): readonly string[] {
  const body = PEM.exec(pem)?.[1];
  if (body === undefined) return [];
  const [request] = elementsOf(Buffer.from(body, 'base64'));
  const [information] = elementsOf(request?.content);
  const [, subject] = elementsOf(information?.content);
  return elementsOf(subject?.content)
    .filter(({ tag }) => tag === SET)
    .flatMap(({ content }) => elementsOf(content))
    .filter(({ tag }) => tag === SEQUENCE)
    .flatMap(({ content }) => {
      const [type, value] = elementsOf(content);
      const isOrganization = type?.tag === OBJECT_IDENTIFIER && type.content.equals(ORGANIZATION);
      return isOrganization && value !== undefined ? [value.content.toString('utf8')] : [];
    });
}

/** DER elements side by side; stops at what is malformed. */
function elementsOf(bytes: Buffer | undefined): readonly Element[] {
  const found: Element[] = [];
  let at = 0;
  while (bytes !== undefined && at + 2 <= bytes.length) {
    const tag = bytes[at]!;
    const first = bytes[at + 1]!;
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (lengthBytes > 4 || at + 2 + lengthBytes > bytes.length) break;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) break;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
