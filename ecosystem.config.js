// pm2: one keeper per .env.<name> file beside this file (plain .env becomes "keeper"): `npx pm2 start ecosystem.config.js`.
'use strict'
const { readdirSync } = require('node:fs')
const { join } = require('node:path')

/** `.env.base` → `keeper-base`, `.env` → `keeper`; examples, backups and editors' leavings are no keepers. */
function envFiles() {
  return readdirSync(__dirname)
    .filter((file) => /^\.env(\.[\w-]+)?$/.test(file) && file !== '.env.example')
    .sort()
}

/** What a process needs of its shell; nothing that could be a setting or a secret. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS']
const passedOn = () =>
  Object.fromEntries(PASSED_ON.filter((name) => process.env[name]).map((name) => [name, process.env[name]]))

const nameOf = (file) => (file === '.env' ? 'keeper' : `keeper-${file.slice('.env.'.length)}`)

const apps = envFiles().map((file) => ({
  name: nameOf(file),
  script: join(__dirname, 'bin', 'keeper.js'),
  args: 'run',
  cwd: __dirname,
  exec_mode: 'fork',
  instances: 1,
  // the keeper finishes or records what is in flight within 5 s of SIGINT
  kill_timeout: 6000,
  // A crash is restarted, at first after 0.2 s, then ever later; a setting that must be mended (exit code 2) is not.
  // pm2 then shows "waiting restart", and waits. 0 is no stop code: pm2 sees it also where a process was killed.
  autorestart: true,
  exp_backoff_restart_delay: 200,
  stop_exit_codes: [2],
  // The keeper reads its settings, keys among them, from this file. pm2 writes the environment of an app into its dump:
  // the empty name filters every variable of the shell, and only these are passed on.
  env: { ...passedOn(), KEEPER_ENV_FILE: join(__dirname, file) },
  filter_env: [''],
  merge_logs: true,
}))

module.exports = { apps }
