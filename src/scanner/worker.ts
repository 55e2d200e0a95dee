import { parentPort } from 'node:worker_threads'
import type { ScanAnswer, ToWorker } from './messages.js'
import { RowStore } from './row-store.js'

/** The scanner's thread: keeps every market's rows and answers which of them may be liquidatable at given weights. */
const stores = new Map<string, RowStore>()

function storeOf(market: string): RowStore {
  let store = stores.get(market)
  if (store === undefined) stores.set(market, (store = new RowStore()))
  return store
}

function applyRows(store: RowStore, batch: Extract<ToWorker, { kind: 'rows' }>['batch']): void {
  let at = 0
  batch.ids.forEach((id, i) => {
    const end = at + (batch.lengths[i] ?? 0)
    store.set(id, batch.slots.subarray(at, end), batch.amounts.subarray(at, end))
    at = end
  })
}

parentPort?.on('message', (message: ToWorker) => {
  const store = storeOf(message.market)
  switch (message.kind) {
    case 'rows':
      applyRows(store, message.batch)
      return
    case 'clear':
      store.clear()
      return
    case 'scan': {
      const started = process.hrtime.bigint()
      const ids = store.below(message.weights, message.tolerance)
      const seconds = Number(process.hrtime.bigint() - started) / 1e9
      const answer: ScanAnswer = { request: message.request, ids, scanned: store.size, seconds }
      parentPort?.postMessage(answer, [ids.buffer])
    }
  }
})
