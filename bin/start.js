// Starts a program once its modules are there. Owns what is said when they can't be loaded.

/** `program`: meet or meetd. */
export async function start(program) {
  try {
    const { runMeet } = await import('../dist/bundle/main.js');
    await runMeet(program);
  } catch (thrown) {
    if (thrown?.code !== 'EMFILE' && thrown?.code !== 'ENFILE') throw thrown;
    process.exitCode = 78;
    process.stderr.write(
      `${program}: the limit of open files is too low even to start; raise it: ulimit -n 1024 (MEET_OPEN_FILES)\n`,
    );
  }
}
