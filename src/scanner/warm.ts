/**
 * Where reads that only warm the cache leave their result, so that the compiler keeps them. A first access to a cold line
 * waits for memory; one after the other the waits of many rows add up, in a loop of their own they overlap.
 */
export const warmed = { read: 0 }
