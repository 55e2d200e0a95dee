import { parentPort, workerData } from 'node:worker_threads'
import { buildEpoch } from './build-epoch.js'
import { Collector } from './collector.js'
import { weightTable } from './columns.js'
import { JsKernel } from './js-kernel.js'
import type { Answer, AuditOrder, EpochOrder, Order, WorkerStart } from './messages.js'
import { readSpans } from './span-table.js'
import { WasmKernel } from './wasm-kernel.js'

/** The scanner's thread: fills hot copies and scans all rows, in the shared memory, while the main thread goes on. */
const { memory, kernels, outAt } = workerData as WorkerStart
const kernel = kernels ? new WasmKernel(kernels, memory) : new JsKernel(memory)
const collector = new Collector(memory.buffer, kernel, outAt)

function epoch(order: EpochOrder, started: number): Answer {
  const layout = buildEpoch(order, memory, kernel, outAt)
  return { kind: 'epoch', request: order.request, layout, seconds: (performance.now() - started) / 1000 }
}

function audit({ request, spans, wide, tableAt, tolerance }: AuditOrder, started: number): Answer {
  for (const span of readSpans(spans))
    collector.scan(span, span.blocks, { wide, table: tableAt, tolerance, few: false })
  return { kind: 'audit', request, ids: collector.drain().slice(), seconds: (performance.now() - started) / 1000 }
}

parentPort?.on('message', (order: Order) => {
  const started = performance.now()
  weightTable(memory.buffer, order.tableAt, order.wide).set(order.weights)
  parentPort?.postMessage(order.kind === 'epoch' ? epoch(order, started) : audit(order, started))
})
