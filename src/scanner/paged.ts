/** Nothing is known of this id. */
export const NONE = 0xffff_ffff
const PAGE_BITS = 14
export const PAGE_IDS = 1 << PAGE_BITS
export const PAGE_BYTES = PAGE_IDS * 4

/** One u32 per id, in pages: growing copies nothing. Unset ids hold `NONE`. */
export class PagedU32 {
  readonly pages: Uint32Array[] = []

  constructor(private readonly newPage: () => Uint32Array = () => new Uint32Array(PAGE_IDS)) {}

  get(id: number): number {
    return this.pages[id >>> PAGE_BITS]?.[id & (PAGE_IDS - 1)] ?? NONE
  }

  set(id: number, value: number): void {
    const page = id >>> PAGE_BITS
    while (this.pages.length <= page) this.grow().fill(NONE)
    const column = this.pages[page]
    if (column) column[id & (PAGE_IDS - 1)] = value
  }

  /** One page more, its contents undefined. */
  grow(): Uint32Array {
    const page = this.newPage()
    this.pages.push(page)
    return page
  }

  clear(): void {
    for (const page of this.pages) page.fill(NONE)
  }

  get bytes(): number {
    return this.pages.length * PAGE_BYTES
  }
}
