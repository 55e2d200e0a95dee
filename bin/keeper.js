#!/usr/bin/env node
'use strict'
const { existsSync } = require('node:fs')
const { join } = require('node:path')

const main = join(__dirname, '..', 'dist', 'src', 'cli', 'main.js')
if (!existsSync(main)) {
  console.error('keeper: not built yet; run `npm run setup` (or `npm run build`) first')
  process.exit(2)
}
require(main).start()
