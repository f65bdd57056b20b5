//! A device that holds one passkey, in software: what a phone or a security key does (W3C Web Authentication Level 3, §6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const CREDENTIAL: u8 = 64;

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// What it answers can be bent, each in its own way.
pub(crate) struct Device {
    key: Key,
    pub(crate) id: Vec<u8>,
    pub(crate) rp_id: String,
    pub(crate) origin: String,
    pub(crate) handle: Option<Vec<u8>>,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    /// How much it counts with each use.
    pub(crate) step: u32,
    pub(crate) cross_origin: bool,
    pub(crate) kind: Option<&'static str>,
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    pub(crate) fn p256(id: &[u8]) -> Self {
        let (how, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let key = EcdsaKeyPair::generate_pkcs8(how, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(how, key.as_ref(), &random).unwrap();
        Self::with(Key::P256(key), id)
    }

    pub(crate) fn ed25519(id: &[u8]) -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap();
        Self::with(Key::Ed25519(key), id)
    }

    fn with(key: Key, id: &[u8]) -> Self {
        Self {
            key,
            id: id.to_vec(),
            rp_id: "aside.test".to_owned(),
            origin: "http://aside.test".to_owned(),
            handle: None,
            flags: PRESENT | VERIFIED,
            counter: 0,
            step: 1,
            cross_origin: false,
            kind: None,
        }
    }

    /// Says that nobody showed a fingerprint or typed a PIN.
    pub(crate) fn unverified(&mut self) {
        self.flags &= !VERIFIED;
    }

    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => {
                let point = key.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
                map(&[
                    (int(1), int(2)),
                    (int(3), int(-7)),
                    (int(-1), int(1)),
                    (int(-2), x),
                    (int(-3), y),
                ])
            }
            Key::Ed25519(key) => {
                let x = bytes(key.public_key().as_ref());
                map(&[
                    (int(1), int(1)),
                    (int(3), int(-8)),
                    (int(-1), int(6)),
                    (int(-2), x),
                ])
            }
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = Sha256::digest(self.rp_id.as_bytes());
        [hash.as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let kind = self.kind.unwrap_or(kind);
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin })
            .to_string()
            .into_bytes()
    }

    /// Makes the key that it was asked for.
    pub(crate) fn make(&mut self, options: &Value) -> Value {
        let handle = options["user"]["id"].as_str().unwrap();
        self.handle = Some(URL_SAFE_NO_PAD.decode(handle).unwrap());
        let attested = self.attestation(&self.cose());
        self.made(&options["challenge"], &attested)
    }

    /// The same with another key, or none that can be read.
    pub(crate) fn make_with(&mut self, options: &Value, cose: &[u8]) -> Value {
        let attested = self.attestation(cose);
        self.made(&options["challenge"], &attested)
    }

    fn attestation(&self, cose: &[u8]) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = self.data(self.flags | CREDENTIAL);
        let data = [data.as_slice(), &[0; 16], &length, &self.id, cose].concat();
        let none = (text("attStmt"), map(&[]));
        map(&[
            (text("fmt"), text("none")),
            none,
            (text("authData"), bytes(&data)),
        ])
    }

    /// What a browser sends of it.
    pub(crate) fn made(&self, challenge: &Value, attestation: &[u8]) -> Value {
        let client = self.client_data("webauthn.create", challenge);
        json!({
            "id": base64url(&self.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client), "attestationObject": base64url(attestation),
                "transports": ["usb", "carrier-pigeon"],
            },
        })
    }

    /// Answers what it was asked.
    pub(crate) fn answer(&mut self, options: &Value) -> Value {
        self.counter = self.counter.wrapping_add(self.step);
        let client = self.client_data("webauthn.get", &options["challenge"]);
        let data = self.data(self.flags);
        let message = [data.as_slice(), Sha256::digest(&client).as_slice()].concat();
        let signature = match &self.key {
            Key::P256(key) => key
                .sign(&SystemRandom::new(), &message)
                .unwrap()
                .as_ref()
                .to_vec(),
            Key::Ed25519(key) => key.sign(&message).as_ref().to_vec(),
        };
        json!({
            "id": base64url(&self.id), "rawId": base64url(&self.id), "type": "public-key",
            "response": {
                "clientDataJSON": base64url(&client), "authenticatorData": base64url(&data),
                "signature": base64url(&signature),
                "userHandle": self.handle.as_deref().map(base64url),
            },
        })
    }
}

/// The head of a value of CBOR (RFC 8949 §3).
fn head(major: u8, n: usize) -> Vec<u8> {
    match n {
        0..24 => vec![major << 5 | u8::try_from(n).unwrap()],
        24..256 => vec![major << 5 | 24, u8::try_from(n).unwrap()],
        _ => {
            let [high, low] = u16::try_from(n).unwrap().to_be_bytes();
            vec![major << 5 | 25, high, low]
        }
    }
}

pub(crate) fn int(n: i16) -> Vec<u8> {
    match n {
        0.. => head(0, usize::try_from(n).unwrap()),
        _ => head(1, usize::try_from(-1 - n).unwrap()),
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&head(2, bytes.len()), bytes].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [&head(3, text.len()), text.as_bytes()].concat()
}

pub(crate) fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut all = head(5, pairs.len());
    for (key, value) in pairs {
        all.extend_from_slice(key);
        all.extend_from_slice(value);
    }
    all
}
