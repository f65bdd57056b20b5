//! Codes of an authenticator app (TOTP, RFC 6238), and codes for when it is lost. Pure.

use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Totp};

use super::account::Email;
use super::token::TokenHash;

/// Bytes of a secret (RFC 4226 §4 recommends 160 bits).
pub const SECRET: usize = 20;
/// Codes for when the app is lost.
pub const RECOVERY_CODES: usize = 10;
/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
const RECOVERY_LENGTH: usize = 10;

/// What a person has beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app.
    pub app: bool,
    /// How many.
    pub passkeys: i64,
}

impl Factors {
    /// Whether the password alone signs in.
    pub const fn none(self) -> bool {
        !self.app && self.passkeys == 0
    }
}

/// An authenticator app of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct TwoFactor {
    pub secret: [u8; SECRET],
    /// Whether a code of it was typed: before, it is asked for by nobody.
    pub confirmed: bool,
    /// The last time step whose code was used; each counts once.
    pub last_step: i64,
}

impl std::fmt::Debug for TwoFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TwoFactor(…)")
    }
}

fn totp(secret: &[u8; SECRET], email: Option<&Email>, server: Option<&str>) -> Totp {
    // Neither may have a colon, which parts them in the address.
    let plain = |text: &str| text.replace(':', " ");
    let mut builder = Builder::new().with_secret(*secret);
    if let Some(email) = email {
        builder = builder.with_account_name(plain(email.as_str()));
    }
    builder.with_issuer(server.map(plain)).build_noncompliant()
}

impl TwoFactor {
    /// The time step of a code that was typed, if it is right now and was not used before. A code of the step before or after
    /// is right as well: clocks differ.
    pub fn step_of(&self, typed: &str, unix_seconds: u64) -> Option<i64> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let step = totp(&self.secret, None, None).check(&digits, unix_seconds)?;
        i64::try_from(step)
            .ok()
            .filter(|step| *step > self.last_step)
    }
}

/// The address that an authenticator app reads from a picture.
pub fn address(secret: &[u8; SECRET], email: &Email, server: &str) -> Option<String> {
    totp(secret, Some(email), Some(server)).to_url().ok()
}

/// The secret as people type it.
pub fn typed_secret(secret: &[u8; SECRET]) -> String {
    totp_rs::Secret::from(*secret).to_base32()
}

/// A code for when the app is lost, such as `k3m9p-x7wqa`, from random bytes.
pub fn recovery_code(random: &[u8; RECOVERY_LENGTH]) -> String {
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let letters: String = random.iter().map(letter).collect();
    let (first, second) = letters.split_at(RECOVERY_LENGTH / 2);
    format!("{first}-{second}")
}

/// What is stored of it. Fifty random bits cannot be guessed through a limit of tries, and need no slow hash that
/// whoever has the database, and with it the secret of the app, would have to break.
pub fn recovery_hash(typed: &str) -> TokenHash {
    let letters: String = typed
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .take(2 * RECOVERY_LENGTH)
        .collect();
    Sha256::digest(letters.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(last_step: i64) -> TwoFactor {
        TwoFactor {
            // RFC 6238, appendix B.
            secret: *b"12345678901234567890",
            confirmed: true,
            last_step,
        }
    }

    #[test]
    fn the_table_of_rfc_6238_by_its_last_six_digits() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let step = i64::try_from(seconds / 30).unwrap();
            assert_eq!(factor(0).step_of(code, seconds), Some(step), "{code}");
        }
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_and_a_half_at_most() {
        let code = "287082";
        assert_eq!(factor(1).step_of(code, 59), None, "used");
        assert_eq!(factor(0).step_of(" 287 082 ", 59), Some(1));
        assert_eq!(factor(0).step_of(code, 89), Some(1), "a slow clock");
        assert_eq!(factor(0).step_of(code, 0), Some(1), "a quick clock");
        assert_eq!(factor(0).step_of(code, 90), None);
        for wrong in [
            "",
            "28708",
            "2870822",
            "+87082",
            "28708２",
            "\u{202e}287082",
        ] {
            assert_eq!(factor(0).step_of(wrong, 59), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_app_reads_whose_code_it_is() {
        let email: Email = "ana+x@example.org".parse().unwrap();
        let url = address(b"12345678901234567890", &email, "aside.example.org:8443").unwrap();
        assert!(url.starts_with("otpauth://totp/"), "{url}");
        assert!(
            url.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{url}"
        );
        assert!(url.contains("aside.example.org%208443"), "{url}");
    }

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed() {
        let code = recovery_code(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 255]);
        assert_eq!(code.len(), 11);
        let typed = code.to_uppercase().replace('-', " ");
        assert_eq!(recovery_hash(&code), recovery_hash(&typed));
        assert_ne!(recovery_hash(&code), recovery_hash(&code[1..]));
    }
}
