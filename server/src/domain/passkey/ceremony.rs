//! A device made a key (§7.1), or answers by one (§7.2).

use aside_protocol::id::UserId;
use aside_protocol::time::Timestamp;

use super::authenticator::AuthenticatorData;
use super::cbor::Cbor;
use super::client::{ClientData, Site};
use super::public_key::PublicKey;
use super::refusal::PasskeyRefusal;

/// A key that a device made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// By which the device knows it.
    pub id: Vec<u8>,
    /// As COSE_Key.
    pub public_key: Vec<u8>,
    pub counter: u32,
    pub backup_eligible: bool,
}

/// A passkey of a person (§4 "credential record").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub user: UserId,
    pub key: NewPasskey,
    /// The domain it was made for.
    pub rp_id: String,
    pub transports: Vec<String>,
    /// As its person calls it.
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// What a device signed.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub authenticator_data: &'a [u8],
    pub signature: &'a [u8],
}

/// The key that was made, after what is verified of it. That the browser answers a challenge which was given out is the
/// caller's to know, and that nobody has the key yet.
///
/// # Errors
/// As [`PasskeyRefusal`] says.
pub fn registered(site: &Site, attestation_object: &[u8]) -> Result<NewPasskey, PasskeyRefusal> {
    let (object, _) = Cbor::read(attestation_object)?;
    let data = object.member(&Cbor::Text("authData"))?.bytes()?;
    let data = AuthenticatorData::read(data)?;
    data.check(site)?;
    let credential = data.credential()?;
    Ok(NewPasskey {
        id: credential.id.to_vec(),
        public_key: credential.public_key.to_vec(),
        counter: data.counter,
        backup_eligible: data.is_backup_eligible(),
    })
}

/// What the passkey has counted, after what is verified of its answer. That `client` answers a challenge which was given out, and to whom, is
/// the caller's to know.
///
/// # Errors
/// As [`PasskeyRefusal`] says.
pub fn asserted(
    site: &Site,
    client: &ClientData,
    passkey: &Passkey,
    answer: Answer<'_>,
) -> Result<u32, PasskeyRefusal> {
    let data = AuthenticatorData::read(answer.authenticator_data)?;
    data.check(site)?;
    if data.is_backup_eligible() != passkey.key.backup_eligible {
        return Err(PasskeyRefusal::Malformed);
    }
    let (key, _) = PublicKey::read(&passkey.key.public_key)?;
    let message = [answer.authenticator_data, client.hash.as_slice()].concat();
    if !key.signed(&message, answer.signature) {
        return Err(PasskeyRefusal::Signature);
    }
    // Zero twice: a device that does not count, as those do whose keys are shared between devices (§6.1.1).
    let counts = data.counter != 0 || passkey.key.counter != 0;
    if counts && data.counter <= passkey.key.counter {
        return Err(PasskeyRefusal::Counter);
    }
    Ok(data.counter)
}
