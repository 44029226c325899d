/**
 * Types of expressions, as far as validation needs them. `unknown` is a type that this checker does not follow; it is
 * accepted wherever another type would be. `dyn` is one that nobody can know before evaluation.
 */
export type CelType = string;

/** Fields of the structs that variables hold: by type name, then field name. */
export type Structs = Readonly<Record<string, Readonly<Record<string, CelType>>>>;

const CONVERSIONS: Readonly<Record<string, CelType>> = {
  bool: 'bool',
  bytes: 'bytes',
  double: 'double',
  duration: 'google.protobuf.Duration',
  dyn: 'dyn',
  int: 'int',
  string: 'string',
  timestamp: 'google.protobuf.Timestamp',
  type: 'type',
  uint: 'uint',
  size: 'int',
};

/** Functions that are called without a receiver, and what they answer (cel-spec and Kubernetes' libraries). */
export const FUNCTIONS: Readonly<Record<string, CelType>> = {
  ...CONVERSIONS,
  matches: 'bool',
  url: 'kubernetes.URL',
  isURL: 'bool',
  ip: 'net.IP',
  isIP: 'bool',
  cidr: 'net.CIDR',
  isCIDR: 'bool',
  quantity: 'kubernetes.Quantity',
  isQuantity: 'bool',
  semver: 'kubernetes.Semver',
  isSemver: 'bool',
};

const BOOL =
  'startsWith endsWith contains matches isSorted hasValue allowed errored containsIP containsCIDR isGreaterThan isLessThan isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast isInteger isCanonical optional';
const INT =
  'size indexOf lastIndexOf compareTo sign asInteger family prefixLength major minor patch getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds';
const STRING =
  'lowerAscii upperAscii replace substring trim join charAt format getScheme getHost getHostname getPort getEscapedPath find reason error reverse quote escape';
const OTHER =
  'split findAll getQuery group serviceAccount resource path check name namespace subresource fieldSelector labelSelector min max sum add sub asApproximateFloat masked orValue or value optMap optFlatMap first last distinct flatten slice sort sortBy unwrapOpt bind of ofNonZeroValue none named validate escapeKey lastIndex range isNaN isInf greatest least abs ceil floor round trunc sqrt includes';

/** Functions that are called on a receiver, in whatever namespace. */
export const METHODS: ReadonlyMap<string, CelType> = new Map([
  ...BOOL.split(' ').map((name) => [name, 'bool'] as const),
  ...INT.split(' ').map((name) => [name, 'int'] as const),
  ...STRING.split(' ').map((name) => [name, 'string'] as const),
  ...OTHER.split(' ').map((name) => [name, 'unknown'] as const),
]);

/** Namespaces that functions live in: these names are no variables. */
export const NAMESPACES: ReadonlySet<string> = new Set([
  'optional',
  'math',
  'format',
  'ip',
  'cidr',
  'cel',
  'sets',
  'jsonPatch',
  'google',
  'strings',
  'net',
  'kubernetes',
  'base64',
]);
/** Names of types are values too. */
export const TYPE_NAMES: ReadonlySet<string> = new Set([
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'list',
  'map',
  'null_type',
  'type',
]);

/** Macros over collections: how many variables they may declare, and what they make. */
export const MACROS: Readonly<Record<string, { readonly variables: readonly number[]; readonly type: CelType }>> = {
  all: { variables: [1, 2], type: 'bool' },
  exists: { variables: [1, 2], type: 'bool' },
  exists_one: { variables: [1], type: 'bool' },
  existsOne: { variables: [1, 2], type: 'bool' },
  map: { variables: [1], type: 'list' },
  filter: { variables: [1], type: 'list' },
  transformList: { variables: [2], type: 'list' },
  transformMap: { variables: [2], type: 'map' },
  transformMapEntry: { variables: [2], type: 'map' },
  sortBy: { variables: [1], type: 'list' },
  optMap: { variables: [1], type: 'unknown' },
  optFlatMap: { variables: [1], type: 'unknown' },
};
