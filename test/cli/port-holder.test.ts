import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { namingHolder, portHolder } from '../../src/cli/port-holder.js';
import { MeetError } from '../../src/transport/errors.js';

/** A port that this process listens on, until the test ends. */
async function taken(host: string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return address.port;
}

describe.skipIf(process.platform !== 'linux')('who has a port', () => {
  it.each(['127.0.0.1', '::'])('is found by its process on %s', async (host) => {
    const port = await taken(host);
    expect(portHolder(port)).toMatch(new RegExp(` \\(process ${process.pid}\\)$`));
  });

  it('is nobody where nobody listens, though a connection is there', async () => {
    const port = await taken('127.0.0.1');
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    onTestFinished(() => {
      socket.destroy();
    });
    expect(portHolder(socket.localPort ?? 0)).toBeUndefined();
  });

  it('is named in the words of a port that is taken', async () => {
    const port = await taken('127.0.0.1');
    const second = createServer().listen(port, '127.0.0.1');
    const [cause] = (await once(second, 'error')) as [Error];
    const words = `screen port ${port} is taken; end the other program`;
    const { message } = namingHolder(new MeetError('MEET_PORT_TAKEN', words, { cause }));
    expect(message).toContain(`(process ${process.pid}); end the other program`);
  });
});
