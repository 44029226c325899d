/**
 * The rules for names, labels and other short texts (API concepts "Object names", RFC 1035, RFC 1123). Each rule
 * answers with messages, none when the value is fine; the texts are those that clients of Kubernetes match on.
 */
import { isIP } from 'node:net';

const LABEL_LENGTH_MAX = 63; // RFC 1035: the longest label of a domain name.
const SUBDOMAIN_LENGTH_MAX = 253; // RFC 1035: the longest domain name in text.
const PORT_NAME_LENGTH_MAX = 15; // RFC 6335: IANA service names.

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORED = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORED_SUBDOMAIN = `${UNDERSCORED}(\\.${UNDERSCORED})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const HEADER_NAME = '[-A-Za-z0-9]+';
const PERCENT = '[0-9]+%';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;

const whole = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const matchers = new Map(
  [
    LABEL,
    SUBDOMAIN,
    UNDERSCORED_SUBDOMAIN,
    LABEL_1035,
    QUALIFIED,
    C_IDENTIFIER,
    CONFIG_KEY,
    ENV_NAME,
    HEADER_NAME,
    PERCENT,
    WILDCARD,
  ].map((pattern) => [pattern, whole(pattern)]),
);
/** Names are short by rule; refusing long ones first keeps every pattern cheap. */
const matches = (pattern: string, value: string): boolean => matchers.get(pattern)?.test(value) ?? false;

/** The message of a pattern; the two blanks between examples are what clients have always been shown. */
function patternMessage(message: string, pattern: string, ...examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  const head = examples.length === 0 ? `${message} (` : `${message} (e.g. ${shown}`;
  return `${head}regex used for validation is '${pattern}')`;
}
const tooLong = (max: number): string => `must be no more than ${max} characters`;
const NON_EMPTY = 'must be non-empty';

const SUBDOMAIN_MESSAGE = patternMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN,
  'example.com',
);
const QUALIFIED_MESSAGE = patternMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED,
  'MyName',
  'my.name',
  '123-abc',
);

function limited(value: string, max: number, message: string, fine: boolean): string[] {
  return [...(value.length > max ? [tooLong(max)] : []), ...(fine ? [] : [message])];
}

function dns1123Label(value: string): string[] {
  if (matches(LABEL, value)) return value.length > LABEL_LENGTH_MAX ? [tooLong(LABEL_LENGTH_MAX)] : [];
  const message = matches(SUBDOMAIN, value)
    ? 'must not contain dots'
    : patternMessage(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        LABEL,
        'my-name',
        '123-abc',
      );
  return limited(value, LABEL_LENGTH_MAX, message, false);
}

function dns1123Subdomain(value: string): string[] {
  return limited(value, SUBDOMAIN_LENGTH_MAX, SUBDOMAIN_MESSAGE, matches(SUBDOMAIN, value));
}

/** What search paths of resolvers may also be: names such as `_sip._tcp.example.com`. */
function underscoredSubdomain(value: string): string[] {
  const message = patternMessage(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    UNDERSCORED_SUBDOMAIN,
    'example.com',
  );
  return limited(value, SUBDOMAIN_LENGTH_MAX, message, matches(UNDERSCORED_SUBDOMAIN, value));
}

function dns1035Label(value: string): string[] {
  const message = patternMessage(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    LABEL_1035,
    'my-name',
    'abc-123',
  );
  return limited(value, LABEL_LENGTH_MAX, message, matches(LABEL_1035, value));
}

function wildcardDns1123Subdomain(value: string): string[] {
  const message = patternMessage(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    WILDCARD,
    '*.example.com',
  );
  return limited(value, SUBDOMAIN_LENGTH_MAX, message, matches(WILDCARD, value));
}

function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${QUALIFIED_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const messages: string[] = [];
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    const wrong = prefix === '' ? [NON_EMPTY] : dns1123Subdomain(prefix);
    messages.push(...wrong.map((message) => `prefix part ${message}`));
  }
  if (name === '') messages.push(`name part ${NON_EMPTY}`);
  else if (name.length > LABEL_LENGTH_MAX) messages.push(`name part ${tooLong(LABEL_LENGTH_MAX)}`);
  if (!matches(QUALIFIED, name)) messages.push(`name part ${QUALIFIED_MESSAGE}`);
  return messages;
}

const LABEL_VALUE_MESSAGE = patternMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${QUALIFIED})?`,
  'MyValue',
  'my_value',
  '12345',
);

function labelValue(value: string): string[] {
  return limited(value, LABEL_LENGTH_MAX, LABEL_VALUE_MESSAGE, value === '' || matches(QUALIFIED, value));
}

function cIdentifier(value: string): string[] {
  if (matches(C_IDENTIFIER, value)) return [];
  const message =
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  return [patternMessage(message, C_IDENTIFIER, 'my_name', 'MY_NAME', 'MyName')];
}

/** Keys become file names: `..` anything would lead out of the directory. */
function pathLike(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

function envVarName(value: string): string[] {
  const message =
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
  const wrong = matches(ENV_NAME, value)
    ? []
    : [patternMessage(message, ENV_NAME, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')];
  return [...wrong, ...pathLike(value)];
}

/** The rule since v1.34 (KEP-4369): any printable ASCII but the equals sign. */
function relaxedEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  const fine = /^[\x20-\x3c\x3e-\x7e]+$/.test(value);
  return fine
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

function configMapKey(value: string): string[] {
  const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  const wrong = matches(CONFIG_KEY, value)
    ? []
    : [patternMessage(message, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name')];
  return [
    ...(value.length > SUBDOMAIN_LENGTH_MAX ? [tooLong(SUBDOMAIN_LENGTH_MAX)] : []),
    ...wrong,
    ...pathLike(value),
  ];
}

function httpHeaderName(value: string): string[] {
  if (matches(HEADER_NAME, value)) return [];
  return [
    patternMessage("a valid HTTP header must consist of alphanumeric characters or '-'", HEADER_NAME, 'X-Header-Name'),
  ];
}

function portName(value: string): string[] {
  const messages: string[] = [];
  if (value.length > PORT_NAME_LENGTH_MAX) messages.push(tooLong(PORT_NAME_LENGTH_MAX));
  if (!/^[-a-z0-9]+$/.test(value))
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

const inRange = (value: number, min: number, max: number): string[] =>
  Number.isInteger(value) && value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`];

function percent(value: string): string[] {
  if (matches(PERCENT, value)) return [];
  return [
    patternMessage("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, '1%', '93%'),
  ];
}

/** IPv4 without leading zeros, or IPv6 without a zone. */
function ip(value: string): string[] {
  const fine = isIP(value) !== 0 && !value.includes('%');
  return fine ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}

function cidr(value: string): string[] {
  const [address = '', length = '', ...rest] = value.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  const fine =
    family !== 0 &&
    rest.length === 0 &&
    /^(0|[1-9]\d{0,2})$/.test(length) &&
    Number(length) <= (family === 4 ? 32 : 128);
  return fine ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}

/** Names that stand alone in a URL path; the rule of kinds whose names are otherwise free (RBAC). */
function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((mark) => value.includes(mark)).map((mark) => `may not contain '${mark}'`);
}

/** A name under test may be only the prefix that generateName completes: a trailing dash is then fine. */
function asPrefix(rule: (value: string) => string[]): (value: string, prefix: boolean) => string[] {
  return (value, prefix) => rule(prefix && value.length > 1 && value.endsWith('-') ? `${value.slice(0, -1)}a` : value);
}

export const names = {
  dns1123Label,
  dns1123Subdomain,
  underscoredSubdomain,
  dns1035Label,
  wildcardDns1123Subdomain,
  qualifiedName,
  labelValue,
  cIdentifier,
  envVarName,
  relaxedEnvVarName,
  configMapKey,
  httpHeaderName,
  portName,
  portNumber: (value: number): string[] => inRange(value, 1, 65535),
  inRange,
  percent,
  ip,
  cidr,
  pathSegment,
  asPrefix,
} as const;
