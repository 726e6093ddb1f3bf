import { generateKeyPairSync, sign } from 'node:crypto';

/** A key and a certificate for a host name that nobody vouches for, made for the test: no key lies in the repository. */
export function selfSigned(host: string): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(host)))));
  const validity = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'));
  const subject = publicKey.export({ type: 'spki', format: 'der' });
  const content = sequence(tagged(0x02, Buffer.of(1)), ECDSA_SHA256, name, validity, name, subject);
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign('sha256', content, privateKey)]));
  const certificate = sequence(content, ECDSA_SHA256, signature).toString('base64');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    // An empty line before the last one is not PEM, so full lines must not bring one.
    cert: ['-----BEGIN CERTIFICATE-----', ...certificate.match(/.{1,64}/g)!, '-----END CERTIFICATE-----', ''].join(
      '\n',
    ),
  };
}

const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ECDSA_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));

function utcTime(text: string): Buffer {
  return tagged(0x17, Buffer.from(text));
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** DER: tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), content]);
}
