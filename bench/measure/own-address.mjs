// @ts-check
/** An address of this machine that is not loopback: peers that come by it are strangers to a daemon. */
import { networkInterfaces } from 'node:os';

/** Throws, with the words that mend it, where there is none. */
export function ownAddress() {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const own = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (own !== undefined) return own.address;
  throw new Error(
    'this machine has no address but loopback (ip address add 198.18.0.1/24 dev lo, as root)',
  );
}
