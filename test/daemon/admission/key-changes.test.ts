import { describe, expect, it } from 'vitest';
import type { TextFile } from '../../../src/daemon/admission/text-file.js';
import { textInMemory } from '../../../src/daemon/admission/text-file.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import { ManualClock } from '../../setup/manual-clock.js';
import type { NativeClient } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { TestIdentity } from '../../setup/test-identity.js';
import { wirePicture } from '../../setup/wire.js';
import { admit, greeted, opened } from './admission-scene.js';

describe.skipIf(needs('ip'))('a list of keys that was edited by hand', () => {
  const { address } = useElsewhere();

  /** A kiosk from elsewhere that was let in, and the list that says so. */
  async function letIn(): Promise<{
    kiosk: NativeClient;
    file: TextFile;
    daemon: RunningDaemon;
    second: () => void;
  }> {
    const file = textInMemory('admitted');
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ rules: { admitted: file }, clock });
    const kiosk = await opened(daemon, { tls: {}, localAddress: address(1) });
    const credentials = new TestIdentity().credentials(kiosk.raw.socket);
    expect(await greeted(kiosk, { credentials })).toBe('waiting');
    admit(daemon, 'kiosk');
    await kiosk.answer('welcome');
    const second = (): void => {
      clock.advance(1000);
    };
    second();
    return { kiosk, file, daemon, second };
  }

  it('puts out whose line is gone, once it is gone for good', async () => {
    const { kiosk, file, daemon, second } = await letIn();
    const text = file.read() ?? '';
    file.write('');
    second();
    // An editor has it back a moment later.
    file.write(text);
    second();
    second();
    kiosk.send(wirePicture({ sequence: 0 }));
    await daemon.frames.several(1);
    file.write('# nobody\n');
    second();
    second();
    expect(await kiosk.answer('refused')).toMatchObject({
      ...{ code: 'MEET_NOT_ADMITTED', message: 'this key is admitted no more' },
    });
  });

  it('gives those who are here the role that it says', async () => {
    const { kiosk, file, daemon, second } = await letIn();
    kiosk.send(wirePicture({ sequence: 0 }));
    await daemon.frames.several(1);
    file.write((file.read() ?? '').replace(' present ', ' watch '));
    second();
    second();
    kiosk.send(wirePicture({ sequence: 1 }));
    expect((await kiosk.answer('refused'))['code']).toBe('MEET_ROLE');
    expect(daemon.frames.entries.length).toBe(1);
  });

  it('changes nothing while it cannot be read', async () => {
    const { kiosk, file, daemon, second } = await letIn();
    file.write('what is this\n');
    second();
    second();
    kiosk.send(wirePicture({ sequence: 0 }));
    await daemon.frames.several(1);
  });
});
