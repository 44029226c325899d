/** Reverse names (RFC 1035 in-addr.arpa, RFC 3596 ip6.arpa). */

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
const IPV6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/;

/** The address a reverse name stands for, in its shortest usual form; undefined for any other name. */
export function addressOfReverseName(name: string): string | undefined {
  const four = IPV4.exec(name);
  if (four !== null) return four.slice(1).reverse().map(Number).join('.');
  const six = IPV6.exec(name);
  if (six === null) return undefined;
  const digits = (six[1] ?? '').replaceAll('.', '').split('').reverse().join('');
  return canonicalIPv6((digits.match(/.{4}/g) ?? []).join(':'));
}

/** The form that URL parsing gives IPv6 addresses, RFC 5952: one spelling per address, so that maps find it. */
export function canonicalIPv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}
