import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { OutputFile } from '../publication/output-file.ts';
import { MANIFEST } from './manifest-path.ts';

export const SIGNATURE = `${MANIFEST}.sig`;
export const PUBLIC_KEY = 'manifest.pub';

/** A key that is not one, or not of the kind that is needed. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/**
 * The signature over `manifest.json` (Ed25519, base64) and the public key that belongs to it. `keyText` is a private key in
 * PEM; `place` names its file in errors, which never repeat it.
 */
export function signatureFiles(manifestText: string, keyText: string, place: string): OutputFile[] {
  const key = ed25519(place, () => createPrivateKey(keyText));
  const signature = sign(null, Buffer.from(manifestText), key).toString('base64');
  return [
    { path: SIGNATURE, bytes: Buffer.from(`${signature}\n`), mediaType: 'text/plain; charset=utf-8' },
    { path: PUBLIC_KEY, bytes: Buffer.from(pemOf(createPublicKey(key))), mediaType: 'application/x-pem-file' },
  ];
}

/** What is wrong with a signature, as a sentence; undefined if it is right. */
export function signatureFault(manifest: Uint8Array, signatureText: string, key: KeyObject): string | undefined {
  const signature = Buffer.from(signatureText, 'base64');
  // Base64 can say the same in several ways; only one was published.
  if (`${signature.toString('base64')}\n` !== signatureText) return `${SIGNATURE}: expected one line of base64`;
  if (!verify(null, manifest, key, signature)) return `${SIGNATURE}: does not belong to ${MANIFEST} and this key`;
  return undefined;
}

/** Throws `KeyError`, which names `place`. */
export function publicKey(text: string, place: string): KeyObject {
  return ed25519(place, () => createPublicKey(text));
}

/** The one way in which a public key is published. */
export function pemOf(key: KeyObject): string {
  return String(key.export({ type: 'spki', format: 'pem' }));
}

function ed25519(place: string, read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // OpenSSL's own message says nothing that helps.
  }
  throw new KeyError(`${place}: expected an Ed25519 key in PEM, such as openssl genpkey -algorithm ed25519 makes`);
}
