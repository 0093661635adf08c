// Keys, certificates and the core's cryptography.
export { makeCertificate } from "./certificate.ts";
export { type KeyPair, makeKeyPair } from "./keys.ts";
export { createNodeCrypto } from "./node-crypto.ts";
