/** The version of this project, which names the in-cluster image. */
export const SELF_VERSION = '0.1.0';
