// Keys, certificates and the core's cryptography.
export { certificateKey, makeCertificate } from "./certificate.ts";
export { KeyError } from "./key-error.ts";
export { type KeyPair, makeKeyPair, publicKeyOf, readPrivateKey, writePrivateKey } from "./keys.ts";
export { createNodeCrypto, type NodeCryptoOptions } from "./node-crypto.ts";
