/** What an image may be called (the grammar of distribution's references). Pure. */
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const BARE_ID = /^[a-f0-9]{64}$/;

/** Why the name cannot be an image's, in the words that people find when they search for it; undefined when it can. */
export function referenceFault(image: string): string | undefined {
  if (BARE_ID.test(image)) return `invalid repository name (${image}), cannot specify 64-byte hexadecimal strings`;
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const { domain, rest } = splitDomain(at < 0 ? image : image.slice(0, at));
  const colon = rest.indexOf(':');
  const name = colon < 0 ? rest : rest.slice(0, colon);
  if (name !== name.toLowerCase()) return `invalid reference format: repository name (${name}) must be lowercase`;
  const fits =
    PATH.test(name) &&
    (domain === undefined || DOMAIN.test(domain)) &&
    (colon < 0 || TAG.test(rest.slice(colon + 1))) &&
    (digest === undefined || DIGEST.test(digest));
  return fits ? undefined : 'invalid reference format';
}

/** The first part is a registry when it looks like a host; a name without one is of Docker's registry. */
function splitDomain(name: string): { readonly domain: string | undefined; readonly rest: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  if (isHost) return { domain: first, rest: name.slice(slash + 1) };
  return { domain: undefined, rest: slash < 0 ? `library/${name}` : name };
}
