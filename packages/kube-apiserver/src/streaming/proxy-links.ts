/**
 * Links of pages behind a proxy: what leads to the root of their server must lead through the proxy instead (upstream's
 * transport of its proxies does the same).
 */

/** Where a page came from and where browsers find it. */
export interface ProxyPlace {
  /** `host:port` of the target. */
  readonly authority: string;
  /** The Host that the client asked. */
  readonly asked: string;
  /** The path of this server that stands for the root of the target, without a slash at its end. */
  readonly prefix: string;
}

/** A link as it must be for the client: unchanged when it is relative, leads elsewhere or through the proxy already. */
export function proxiedLink(link: string, { authority, asked, prefix }: ProxyPlace): string {
  const [, origin = '', host = '', path = ''] = /^((?:https?:)?\/\/([^/?#]*))?(.*)$/s.exec(link) ?? [];
  if (origin !== '' && host !== authority && host !== asked) return link;
  if (!path.startsWith('/') && !(origin !== '' && path === '')) return link;
  return path === prefix || path.startsWith(`${prefix}/`) ? path : `${prefix}${path}`;
}

/** Attributes that hold links, by element. */
const LINKS: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['formaction', 'src', 'usemap'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

const TAG = /<([a-zA-Z]+)((?:\s[^<>]*)?)>/g;
const ATTRIBUTE = /(\s)([a-zA-Z-]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;

/** The page with its links led through the proxy. */
export function proxiedPage(html: string, place: ProxyPlace): string {
  return html.replace(TAG, (tag, element: string, attributes: string) => {
    const names = LINKS[element.toLowerCase()];
    if (names === undefined || attributes === '') return tag;
    return `<${element}${attributes.replace(ATTRIBUTE, (found, space, name, equals, double, single, bare) => {
      if (!names.includes(String(name).toLowerCase())) return found;
      return `${space}${name}${equals}"${proxiedLink(double ?? single ?? bare, place)}"`;
    })}>`;
  });
}
