//! Keys as devices tell them (COSE_Key, RFC 9052 §7, in the profile of §5.8.5), and signatures by them.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::cbor::Cbor;
use super::refusal::PasskeyRefusal;

/// What a key may be, the best first: Ed25519, ECDSA with P-256 and SHA-256, RSASSA-PKCS1-v1_5 with SHA-256 (RFC 9053 §2, RFC 8812
/// §2). The last is all that older TPMs have; browsers warn of a site that leaves one of them out (§5.4).
pub const ALGORITHMS: [i64; 3] = [ED, ES256, RS256];
const ED: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    Ed25519(Vec<u8>),
    /// Uncompressed (SEC 1 §2.3.3).
    P256(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads the key that `cose` begins with; answers how many bytes it takes as well.
    ///
    /// # Errors
    /// [`PasskeyRefusal::Malformed`], [`PasskeyRefusal::Algorithm`].
    pub fn read(cose: &[u8]) -> Result<(Self, usize), PasskeyRefusal> {
        let (map, rest) = Cbor::read(cose)?;
        let member = |label: i64| map.member(&Cbor::Int(label));
        let number = |label: i64| member(label)?.int();
        let bytes = |label: i64| member(label)?.bytes().map(<[u8]>::to_vec);
        let sized = |label: i64, length: usize| {
            let found = bytes(label)?;
            let right = found.len() == length;
            right.then_some(found).ok_or(PasskeyRefusal::Malformed)
        };
        // 1: kty, 3: alg, -1: crv or n, -2: x or e, -3: y (RFC 9053 §7, RFC 8230 §4).
        let key = match (number(1)?, number(3)?) {
            (1, ED) if number(-1)? == 6 => Self::Ed25519(sized(-2, 32)?),
            (2, ES256) if number(-1)? == 1 => {
                let point = [vec![4], sized(-2, 32)?, sized(-3, 32)?].concat();
                Self::P256(point)
            }
            (3, RS256) => Self::Rsa {
                n: bytes(-1)?,
                e: bytes(-2)?,
            },
            _ => return Err(PasskeyRefusal::Algorithm),
        };
        Ok((key, cose.len() - rest.len()))
    }

    /// Whether this key signed `message` (§6.5.5 says in which form).
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let right = match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::P256(key) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature)
            }
            Self::Rsa { n, e } => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        right.is_ok()
    }
}
