/**
 * The recorder module that node-record-lpcm16 loads by its absolute path: it says which program to
 * run, with which arguments and environment. Owns nothing; the microphone backends build all three
 * and hand them over as options.
 *
 * CommonJS and without imports, since the package loads it by require(). The environment comes as a
 * function, because the package prints its options when DEBUG=record is set.
 */
module.exports = (options: {
  readonly program: string;
  readonly programArguments: readonly string[];
  readonly environment: () => Readonly<Record<string, string | undefined>>;
}) => ({
  cmd: options.program,
  args: [...options.programArguments],
  spawnOptions: {
    env: options.environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
  },
});
