//! What is sent to a browser, so that only it can read it: RFC 8291, by the content coding `aes128gcm` of RFC 8188.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SecureRandom;

use super::BrowserKeys;

/// Most bytes of a text: a push service need not take more than 4096 bytes of what they become (RFC 8030 §7.2, RFC 8291 §4).
pub const MAX_TEXT: usize = 4096 - HEAD - TAG - 1;
/// Salt, size of a record, length of the key and the key (RFC 8188 §2.1).
const HEAD: usize = 16 + 4 + 1 + 65;
const TAG: usize = 16;
/// The one record has this size at most, in bytes.
const RECORD: u32 = 4096;
/// Texts are filled up to a multiple of this, so that their length says little.
const STEP: usize = 256;

/// Why a text cannot be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    #[error("a text of {0} bytes is too long for a push message")]
    TooLong(usize),
    /// The browser's key is no point of the curve, or the machine gives no randomness.
    #[error("the keys of the browser cannot be used")]
    Keys,
}

impl From<Unspecified> for EncryptError {
    fn from(_: Unspecified) -> Self {
        Self::Keys
    }
}

/// Encrypts for one browser, under a key that is made for this message alone.
pub fn encrypt(
    browser: &BrowserKeys,
    text: &[u8],
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, EncryptError> {
    if text.len() > MAX_TEXT {
        return Err(EncryptError::TooLong(text.len()));
    }
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, random)?;
    let public = ours.compute_public_key()?;
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, browser.public);
    let full = text.len().next_multiple_of(STEP).min(MAX_TEXT);
    agree_ephemeral(ours, &theirs, |shared| {
        seal(shared, browser, public.as_ref(), salt, text, full)
    })?
}

/// Bytes that a derived key has.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive<const N: usize>(
    salt: &[u8],
    secret: &[u8],
    info: &[&[u8]],
) -> Result<[u8; N], Unspecified> {
    let mut key = [0; N];
    let random = Salt::new(HKDF_SHA256, salt).extract(secret);
    random.expand(info, Length(N))?.fill(&mut key)?;
    Ok(key)
}

/// RFC 8291 §3.3 and §3.4, from the secret that both sides share; `full`: so long with the filling, without its first byte.
fn seal(
    shared: &[u8],
    browser: &BrowserKeys,
    public: &[u8],
    salt: [u8; 16],
    text: &[u8],
    full: usize,
) -> Result<Vec<u8>, EncryptError> {
    let info: [&[u8]; 3] = [b"WebPush: info\0", &browser.public, public];
    let secret: [u8; 32] = derive(&browser.auth, shared, &info)?;
    let key: [u8; 16] = derive(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(&salt, &secret, &[b"Content-Encoding: nonce\0"])?;
    let mut sealed = text.to_vec();
    // The last record (RFC 8188 §2).
    sealed.push(2);
    sealed.resize(full + 1, 0);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut sealed)?;
    let length = u8::try_from(public.len()).map_err(|_| EncryptError::Keys)?;
    let mut message = Vec::with_capacity(HEAD + sealed.len());
    message.extend_from_slice(&salt);
    message.extend_from_slice(&RECORD.to_be_bytes());
    message.push(length);
    message.extend_from_slice(public);
    message.extend_from_slice(&sealed);
    Ok(message)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use ring::rand::SystemRandom;

    use super::super::BASE64;
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    /// RFC 8291 Appendix A.
    fn vector() -> (BrowserKeys, Vec<u8>) {
        let keys = BrowserKeys::read(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        );
        let public = bytes(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        (keys.unwrap(), public)
    }

    #[test]
    fn the_example_of_the_standard_comes_out_as_it_is_printed() {
        let (keys, public) = vector();
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = bytes("V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24");
        let sealed = seal(&shared, &keys, &public, salt, &text, text.len()).unwrap();
        assert_eq!(
            BASE64.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_message_is_never_larger_than_every_push_service_takes_and_says_little_by_its_length() {
        let (keys, _) = vector();
        let random = SystemRandom::new();
        let length = |n: usize| encrypt(&keys, &vec![7; n], &random).unwrap().len();
        assert_eq!(length(1), length(200));
        assert_eq!(length(MAX_TEXT), 4096);
        let long = vec![7; MAX_TEXT + 1];
        let refused = Err(EncryptError::TooLong(MAX_TEXT + 1));
        assert_eq!(encrypt(&keys, &long, &random), refused);
    }

    #[test]
    fn a_key_that_is_no_point_of_the_curve_is_refused() {
        let (mut keys, _) = vector();
        keys.public[40] ^= 1;
        let random = SystemRandom::new();
        assert_eq!(encrypt(&keys, b"x", &random), Err(EncryptError::Keys));
        for (public, auth) in [
            ("", ""),
            ("BA", "BA"),
            ("no base64!", "BTBZMqHH6r4Tts7J_aSIgg"),
        ] {
            assert!(BrowserKeys::read(public, auth).is_err(), "{public}");
        }
    }
}
