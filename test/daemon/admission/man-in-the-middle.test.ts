import { once } from 'node:events';
import { connect as connectPlain, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requirePin } from '../../../src/cli/known-hosts.js';
import { ClientConnection } from '../../../src/transport/client-connection.js';
import type { ClientSecurity } from '../../../src/transport/client-security.js';
import { systemClock } from '../../../src/transport/clock.js';
import { Identity } from '../../../src/transport/identity.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { newSession } from '../../setup/native-client.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { makeTestCertificate } from '../../setup/test-certificate.js';
import { expectUntouched } from './admission-scene.js';

describe('a man in the middle', () => {
  /** Takes TLS with a certificate of its own, and speaks TLS with the daemon in the client's name. */
  async function between(port: number): Promise<number> {
    const { key, cert } = await makeTestCertificate();
    const sockets = new Set<TLSSocket>();
    const server = createTlsServer({ key, cert, ALPNProtocols: ['meet/1'] }, (client) => {
      const onward = connectTls({
        ...{ port, host: '127.0.0.1', ALPNProtocols: ['meet/1'] },
        rejectUnauthorized: false,
      });
      sockets.add(client).add(onward);
      for (const socket of [client, onward]) socket.on('error', () => undefined);
      client.pipe(onward).pipe(client);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return (server.address() as AddressInfo).port;
  }

  function connected(port: number, trust: ClientSecurity['trust']): Promise<ClientConnection> {
    const limits = limitsWith();
    return ClientConnection.open({
      ...{ host: '127.0.0.1', port, kind: 'screen', limits, clock: systemClock },
      hello: {
        ...{ type: 'hello', versions: [1], role: 'publish', name: 'kiosk', session: newSession() },
      },
      security: {
        tls: 'required',
        ca: undefined,
        trust,
        identity: Identity.generate().identity,
        invite: undefined,
      },
      admissionMs: Infinity,
      onWaiting: () => undefined,
      signal: new AbortController().signal,
      onControl: () => undefined,
      onAck: () => undefined,
      onRoundTrip: () => undefined,
      onDrain: () => undefined,
    });
  }

  it('is not believed by a client that has a pin, which says nothing to it', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const pin = daemon.daemon.fingerprint ?? '';
    const port = await between(daemon.ports.screen);
    const fault = connected(port, (shown) => {
      requirePin('127.0.0.1:1', pin, shown, '--pin');
    });
    await expect(fault).rejects.toMatchObject({ code: 'MEET_PIN_CHANGED' });
    await expect(fault).rejects.toThrow(pin);
    expectUntouched(daemon);
  });

  it('cannot pass on the signature of a client that meets it first', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const port = await between(daemon.ports.screen);
    await expect(connected(port, () => undefined)).rejects.toMatchObject({
      code: 'MEET_BAD_CREDENTIALS',
    });
    expectUntouched(daemon);
  });

  it('can be one that the client reaches the daemon through, as long as it only passes bytes on', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const sockets = new Set<Socket>();
    const relay = createServer((client) => {
      const onward = connectPlain(daemon.ports.screen, '127.0.0.1');
      sockets.add(client).add(onward);
      client.pipe(onward).pipe(client);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    onTestFinished(() => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    });
    const connection = await connected((relay.address() as AddressInfo).port, () => undefined);
    expect(connection.encrypted).toBe(true);
    await connection.close('done');
  });
});
