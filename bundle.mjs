// @ts-check
/**
 * The build's second step: what `tsc` left in dist, and the packages that it imports, in a few files. Node
 * spends about a millisecond on each module that it loads, and `meet serve` is made of 325.
 */
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, watch } from 'rolldown';

const BUILT = fileURLToPath(new URL('./dist/', import.meta.url));
const BUNDLE = fileURLToPath(new URL('./dist/bundle', import.meta.url));

/** Packages with files or programs of theirs, and one that only `withoutDevtools` names. */
const LEFT_ALONE = [
  ...['sharp', 'jimp', 'speaker', 'node-webcam', 'node-record-lpcm16', 'screenshot-desktop'],
  'react-devtools-core',
];

/** Workers, child programs and the manifest are found beside the module that wants them. */
const modulesKeepTheirPlace = {
  name: 'modules-keep-their-place',
  /**
   * @param {string} code
   * @param {string} id
   */
  transform(code, id) {
    if (!id.startsWith(BUILT) || !code.includes('import.meta.url')) return null;
    const place = JSON.stringify(relative(BUNDLE, id).split(sep).join('/'));
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

/** With DEV=true Ink looks for tools that nobody has, and for its own manifest. */
const withoutDevtools = {
  name: 'without-devtools',
  /**
   * @param {string} code
   * @param {string} id
   */
  transform(code, id) {
    if (!id.endsWith('/ink/build/utils.js')) return null;
    return code.replace("process.env['DEV'] === 'true'", 'false');
  },
};

/**
 * With its segmenter ICU reads 2.7 MB of data, which a daemon keeps for good and whose names are all in
 * ASCII never needs.
 */
const segmenterWhenNeeded = {
  name: 'segmenter-when-needed',
  /**
   * @param {string} code
   * @param {string} id
   */
  transform(code, id) {
    if (!id.endsWith('/string-width/index.js')) return null;
    const made = 'const segmenter = new Intl.Segmenter();';
    if (!code.includes(made)) throw new Error(`string-width has no "${made}" any more`);
    const asked =
      'let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };';
    return code.replace(made, asked);
  },
};

/** @type {import('rolldown').BuildOptions} */
const options = {
  // What `bin` imports.
  input: Object.fromEntries(
    ['start', 'version-answer'].map((name) => [name, `${BUILT}cli/${name}.js`]),
  ),
  platform: 'node',
  external: LEFT_ALONE,
  plugins: [modulesKeepTheirPlace, withoutDevtools, segmenterWhenNeeded],
  // React's development build takes a third more for each commit.
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  output: {
    dir: BUNDLE,
    format: 'esm',
    // What is written for readers is read in src.
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: '[name].js',
    // With a hash: a daemon that runs while this is built again goes on with the files that it knows.
    chunkFileNames: '[name]-[hash].js',
  },
};

// `npm run dev`: again, whenever `tsc` has written something.
if (process.argv.includes('--watch')) watch(options);
else await build(options);
