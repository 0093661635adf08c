// The certificate that a replica shows on its links. It says one thing: here is my key. TLS proves that whoever shows it
// holds the private half, and the transport compares the key with the committee; names, dates and issuers play no part.
// So it is made anew at each start, signed with its own key, and valid in all the years that a certificate can name.
import { type KeyObject, sign, X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { PUBLIC_KEY_BYTES, publicKeyOf } from "./keys.ts";

const ED25519 = "1.3.101.112";
const COMMON_NAME = "2.5.4.3";

/** A self-signed certificate of an Ed25519 key, as PEM. */
export function makeCertificate(privateKey: KeyObject): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ED25519 });
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: "quorate" }) }),
    ]),
  ]);
  const content = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.of(1).buffer,
    signature: algorithm,
    issuer: name,
    subject: name,
    // The last second of 9999 is how X.509 says that there is no end.
    validity: new Validity({ notBefore: new Date(Date.UTC(2000, 0, 1)), notAfter: new Date("9999-12-31T23:59:59Z") }),
    subjectPublicKeyInfo: new SubjectPublicKeyInfo({
      algorithm,
      subjectPublicKey: publicKeyOf(privateKey).slice().buffer,
    }),
  });
  const signature = sign(null, new Uint8Array(AsnConvert.serialize(content)), privateKey);
  const certificate = new Certificate({
    tbsCertificate: content,
    signatureAlgorithm: algorithm,
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return new X509Certificate(new Uint8Array(AsnConvert.serialize(certificate))).toString();
}

/** The raw key that a certificate shows, or undefined if it is of another kind: then nobody of a committee holds it. */
export function certificateKey(certificate: X509Certificate): Uint8Array | undefined {
  try {
    const { publicKey } = certificate;
    if (publicKey.asymmetricKeyType !== "ed25519") return undefined;
    const raw = publicKeyOf(publicKey);
    return raw.length === PUBLIC_KEY_BYTES ? raw : undefined;
  } catch {
    // A certificate whose key cannot be read shows none.
    return undefined;
  }
}
