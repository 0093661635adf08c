// placeholder
export interface Signer {
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}
