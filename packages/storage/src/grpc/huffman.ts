/** Text of HTTP/2 header fields (RFC 7541, appendix B), as far as it is printable ASCII. */

/** Characters by the length of their codes. Codes of one length follow each other, in the order of characters. */
const CHARACTERS: Readonly<Record<number, string>> = {
  5: '012aceiost',
  6: ' %-./3456789=A_bdfghlmnpru',
  7: ':BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz',
  8: '&*,;XZ',
  10: '!"()?',
  11: "'+|",
  12: '#>',
  13: '\0$@[]~',
  14: '^}',
  15: '<`{',
};
const CODE_BITS_MAX = 15;

/** By the number of bits: the first code, and its characters. */
const CODES = (() => {
  const codes: { readonly first: number; readonly characters: string }[] = [];
  let first = 0;
  for (let bits = 0; bits <= CODE_BITS_MAX; bits += 1) {
    const characters = CHARACTERS[bits] ?? '';
    codes.push({ first, characters });
    first = (first + characters.length) << 1;
  }
  return codes;
})();

/** Undefined when a character is not printable ASCII. */
export function huffmanDecoded(bytes: Uint8Array): string | undefined {
  let text = '';
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let at = 7; at >= 0; at -= 1) {
      code = (code << 1) | ((byte >> at) & 1);
      bits += 1;
      if (bits > CODE_BITS_MAX) return undefined;
      const { first, characters } = CODES[bits]!;
      const character = characters[code - first];
      if (character === undefined) continue;
      text += character;
      code = 0;
      bits = 0;
    }
  }
  return text; // What is left is padding.
}
