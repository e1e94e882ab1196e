/**
 * Certificates that Node is to trust beside its own (NODE_EXTRA_CA_CERTS). Node 20 reads them, and the
 * 140 that it brings, at each start: 40 ms of its 60. Tests start thousands, and only those that ask a
 * registry need them. Owns where the variable is kept meanwhile.
 */

/** For a configuration of vitest: none of the processes that this one starts reads them. */
export function setExtraCertificatesAside(): void {
  const { NODE_EXTRA_CA_CERTS: path } = process.env;
  if (path === undefined) return;
  process.env.MEET_TEST_EXTRA_CA_CERTS = path;
  delete process.env.NODE_EXTRA_CA_CERTS;
}

/** Our environment, with these certificates where there are any, for programs that ask a registry. */
export function registryEnv(): Record<string, string | undefined> {
  const { MEET_TEST_EXTRA_CA_CERTS: path, ...others } = process.env;
  return path === undefined ? others : { ...others, NODE_EXTRA_CA_CERTS: path };
}
