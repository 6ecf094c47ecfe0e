/**
 * Keeps a released build's sources for the test of upgrades:
 *
 *     node scripts/archive-release.ts COMMIT VERSION
 *
 * writes test/releases/VERSION.tar.br. What runs is in it: bin, src without the core's own tests, package.json.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'

const [commit, version, ...rest] = process.argv.slice(2)
if (commit === undefined || version === undefined || rest.length > 0) {
  process.stderr.write('usage: node scripts/archive-release.ts COMMIT VERSION\n')
  process.exit(64)
}
const paths = ['bin', 'package.json', 'src', ':(exclude)src/core/*/tests']
const git = spawnSync('git', ['archive', '--format=tar', commit, '--', ...paths], { maxBuffer: 2 ** 28 })
if (git.status !== 0) {
  process.stderr.write(git.stderr)
  process.exit(1)
}
const smallest = {
  [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
}
const path = `test/releases/${version}.tar.br`
const archive = brotliCompressSync(git.stdout, { params: smallest })
writeFileSync(path, archive)
process.stdout.write(`${path}: ${archive.length} bytes\n`)
