import { watchParent } from '../../devnet/parent-watch.js'

// Loaded with --require before a keeper that a demo or a test started: it must not outlive them, however they end.
watchParent(() => process.exit(1))
