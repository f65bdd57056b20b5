//! What the device says (§6.1).

use super::client::Site;
use super::public_key::PublicKey;
use super::refusal::PasskeyRefusal;

/// Bytes of the longest credential id (§7.1).
pub const LONGEST_ID: usize = 1023;

const USER_PRESENT: u8 = 1 << 0;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const CREDENTIAL: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// The data that a device signs, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    pub(super) counter: u32,
    rest: &'a [u8],
}

/// A key that a device made (§6.5.1).
pub(super) struct AttestedCredential<'a> {
    pub(super) id: &'a [u8],
    /// As COSE_Key.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyRefusal> {
        let whole = || {
            let (rp_id_hash, rest) = bytes.split_first_chunk::<32>()?;
            let (flags, rest) = rest.split_first()?;
            let (counter, rest) = rest.split_first_chunk::<4>()?;
            Some(Self {
                rp_id_hash,
                flags: *flags,
                counter: u32::from_be_bytes(*counter),
                rest,
            })
        };
        whole().ok_or(PasskeyRefusal::Malformed)
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether other devices of the person may have the key as well.
    pub(super) const fn is_backup_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    /// What holds of every answer (§7.1, §7.2): made for this site, by somebody who is there and was verified. A key that cannot be
    /// backed up is not backed up (§6.1.3).
    pub(super) fn check(&self, site: &Site) -> Result<(), PasskeyRefusal> {
        if *self.rp_id_hash != site.rp_id_hash() {
            return Err(PasskeyRefusal::OtherSite);
        }
        if !self.has(USER_PRESENT) || !self.has(USER_VERIFIED) {
            return Err(PasskeyRefusal::NotVerified);
        }
        if self.has(BACKED_UP) && !self.has(BACKUP_ELIGIBLE) {
            return Err(PasskeyRefusal::Malformed);
        }
        Ok(())
    }

    /// The key that was made.
    pub(super) fn credential(&self) -> Result<AttestedCredential<'a>, PasskeyRefusal> {
        let whole = || {
            // Before them stand the sixteen bytes that name the make of the device.
            let (_, rest) = self.rest.split_first_chunk::<16>()?;
            let (length, rest) = rest.split_first_chunk::<2>()?;
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        };
        let (id, rest) = whole()
            .filter(|(id, _)| self.has(CREDENTIAL) && (1..=LONGEST_ID).contains(&id.len()))
            .ok_or(PasskeyRefusal::Malformed)?;
        let (_, taken) = PublicKey::read(rest)?;
        let (public_key, extensions) = rest.split_at(taken);
        if extensions.is_empty() == self.has(EXTENSIONS) {
            return Err(PasskeyRefusal::Malformed);
        }
        Ok(AttestedCredential { id, public_key })
    }
}
