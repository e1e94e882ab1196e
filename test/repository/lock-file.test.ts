import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CHECKOUT } from './checkout.js';

const LOCK_FILE = z.object({
  packages: z.record(
    z.string(),
    z.object({
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      optional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});

/** Where people run this; sharp has one prebuilt package for each. */
const SHARP_PLATFORMS = [
  ...['linux-x64', 'linux-arm64', 'linuxmusl-x64', 'linuxmusl-arm64'],
  ...['darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'],
];

function lockedPackages(): z.infer<typeof LOCK_FILE>['packages'] {
  const text = readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8');
  const { '': root, ...packages } = LOCK_FILE.parse(JSON.parse(text)).packages;
  expect(root).toBeDefined();
  return packages;
}

describe('the lock file', () => {
  it('names no registry, so that any mirror serves', () => {
    const hosted = Object.entries(lockedPackages()).filter(([, locked]) => locked.resolved);
    expect(hosted).toEqual([]);
  });

  it('pins every package by its hash', () => {
    const unpinned = Object.entries(lockedPackages()).filter(
      ([, locked]) => locked.integrity === undefined && locked.link !== true,
    );
    expect(unpinned.map(([path]) => path)).toEqual([]);
  });

  it('holds the prebuilt sharp of every platform', () => {
    const packages = lockedPackages();
    for (const platform of SHARP_PLATFORMS) {
      expect(packages, platform).toHaveProperty([`node_modules/@img/sharp-${platform}`]);
    }
  });

  it('needs no install script but of optional packages', () => {
    const scripted = Object.entries(lockedPackages()).filter(
      ([, locked]) => locked.hasInstallScript === true && locked.optional !== true,
    );
    expect(scripted.map(([path]) => path)).toEqual([]);
  });
});
