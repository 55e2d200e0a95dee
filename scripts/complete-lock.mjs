// Completes package-lock.json: every optional platform package that some entry names must have an entry of its own,
// or `npm ci` of npm 11 refuses the lock ("Missing: … from lock file") on a machine whose registry lacks that package.
//   node scripts/complete-lock.mjs          adds what is missing
//   node scripts/complete-lock.mjs --check  exits 1 and names what is missing
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(path, 'utf8'))
const OS = ['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony', 'sunos', 'aix', 'netbsd', 'openbsd']
const CPU = {
  amd64: 'x64',
  x64: 'x64',
  arm64: 'arm64',
  ia32: 'ia32',
  i686: 'ia32',
  arm: 'arm',
  armv7: 'arm',
  riscv64: 'riscv64',
  ppc64: 'ppc64',
  ppc64le: 'ppc64',
  s390x: 's390x',
  loong64: 'loong64',
  wasm32: 'wasm32',
}

/** `@swc/core-linux-arm64-musl` -> { os: ['linux'], cpu: ['arm64'], libc: ['musl'] } */
function platformOf(name) {
  const words = name.split(/[/-]/)
  const os = words.filter((w) => OS.includes(w))
  const cpu = words.map((w) => CPU[w]).filter(Boolean)
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') && os[0] === 'linux' ? ['glibc'] : undefined
  return { ...(os.length && { os }), ...(cpu.length && { cpu: [...new Set(cpu)] }), ...(libc && { libc }) }
}

const missing = []
for (const [owner, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const folders = owner.split('/node_modules/')
    const found =
      folders.some(
        (_, i) => lock.packages[`${folders.slice(0, folders.length - i).join('/node_modules/')}/node_modules/${name}`],
      ) || lock.packages[`node_modules/${name}`]
    if (found) continue
    missing.push(name)
    lock.packages[`node_modules/${name}`] = {
      version: version.replace(/^[\^~]/, ''),
      ...platformOf(name),
      ...(entry.dev && { dev: true }),
      optional: true,
    }
  }
}

if (process.argv.includes('--check')) {
  if (missing.length > 0) {
    console.error(
      `package-lock.json lacks ${missing.length} platform packages (run \`npm run lock\`): ${missing.join(', ')}`,
    )
    process.exit(1)
  }
  console.log('package-lock.json is complete')
} else {
  const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(path, JSON.stringify({ ...lock, packages: sorted }, null, 2) + '\n')
  console.log(`added ${missing.length} platform packages`)
}
