//! How often strangers may do what costs something. In memory and for each server: a restart
//! forgives, and several servers together allow several times as much.
//!
//! Addresses are grouped as in [`address::network`]. Failed sign-ins count against the pair of
//! account and address, and against the address, never against the account alone: nobody can lock
//! somebody else out.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aside_protocol::id::{RecordingId, TokenId, UserId};

use crate::clock::Clock;
use crate::domain::account::Email;
use crate::domain::address;
use crate::domain::device;
use crate::domain::limit::{Left, Limit};
use crate::domain::token::TokenHash;

/// How long to wait.
pub type Wait = Duration;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Limits {
    clock: Arc<dyn Clock>,
    buckets: Arc<Mutex<Buckets>>,
}

#[derive(Debug)]
struct Buckets {
    sign_in: Limit<(String, IpAddr)>,
    sign_in_address: Limit<IpAddr>,
    unlock: Limit<(IpAddr, RecordingId)>,
    mail_address: Limit<IpAddr>,
    mail_to: Limit<String>,
    second_factor: Limit<UserId>,
    passkey: Limit<IpAddr>,
    comment: Limit<(TokenId, RecordingId)>,
    reaction: Limit<(TokenId, RecordingId)>,
    new_guest: Limit<(IpAddr, RecordingId)>,
    comment_address: Limit<IpAddr>,
    attachment: Limit<IpAddr>,
    frame: Limit<IpAddr>,
    excerpt: Limit<IpAddr>,
    search: Limit<IpAddr>,
    visitor: Limit<(IpAddr, RecordingId)>,
    device_code: Limit<IpAddr>,
    token: Limit<TokenHash>,
    agent_view: Limit<(UserId, RecordingId)>,
    poll: Limit<TokenHash>,
    poll_address: Limit<IpAddr>,
    translation: Limit<UserId>,
    assistant: Limit<UserId>,
}

/// Who comments without an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commenter {
    /// By the guest cookie.
    Known(TokenId),
    New,
}

impl Limits {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let buckets = Buckets {
            sign_in: Limit::new(10, seconds(6)),
            sign_in_address: Limit::new(50, seconds(2)),
            unlock: Limit::new(10, seconds(6)),
            mail_address: Limit::new(20, seconds(30)),
            mail_to: Limit::new(4, seconds(300)),
            second_factor: Limit::new(10, seconds(30)),
            passkey: Limit::new(100, seconds(3)),
            comment: Limit::new(10, seconds(6)),
            reaction: Limit::new(40, seconds(1)),
            new_guest: Limit::new(30, seconds(6)),
            comment_address: Limit::new(100, seconds(2)),
            attachment: Limit::new(20, seconds(120)),
            frame: Limit::new(120, seconds(1)),
            excerpt: Limit::new(6, seconds(30)),
            search: Limit::new(120, seconds(1)),
            visitor: Limit::new(100, seconds(60)),
            device_code: Limit::new(20, seconds(6)),
            token: Limit::new(1, seconds(1)),
            agent_view: Limit::new(1, seconds(3600)),
            // A little earlier than said is forgiven: the network may have delayed the last poll
            // more than this one.
            poll: Limit::new(1, device::INTERVAL / 2),
            poll_address: Limit::new(200, Duration::from_millis(200)),
            translation: Limit::new(20, seconds(180)),
            assistant: Limit::new(20, seconds(180)),
        };
        Self {
            clock,
            buckets: Arc::new(Mutex::new(buckets)),
        }
    }

    /// Counts a try at a password before it is looked at, so that many at once are no way around.
    pub fn sign_in(&self, email: &Email, address: IpAddr) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        let mut all = self.lock();
        let pair = (email.as_str().to_owned(), address);
        all.sign_in.take(pair.clone(), now)?;
        all.sign_in_address
            .take(address, now)
            .inspect_err(|_| all.sign_in.give_back(&pair))
    }

    /// The password was right: that try does not count.
    pub fn signed_in(&self, email: &Email, address: IpAddr) {
        let address = address::network(address);
        let mut all = self.lock();
        all.sign_in.give_back(&(email.as_str().to_owned(), address));
        all.sign_in_address.give_back(&address);
    }

    /// Counts a try at the password of a recording before it is looked at.
    pub fn unlock(&self, recording: RecordingId, address: IpAddr) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        self.lock().unlock.take((address, recording), now)
    }

    /// Whether somebody without an account may ask for a mail now.
    pub fn asks_for_mail(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock()
            .mail_address
            .take(address::network(address), now)
    }

    /// Counts a try at a code of somebody whose password was right, before it is looked at. It counts against the account: who
    /// knows the password must not try a million codes from a million addresses, and nobody else can use the tries up.
    pub fn second_factor(&self, user: UserId) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().second_factor.take(user, now)
    }

    /// Whether a browser from there may be asked for a passkey, or answer, now: each question is a row that lives for a while. There is
    /// nothing to guess, so it counts against no account.
    pub fn passkey(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().passkey.take(address::network(address), now)
    }

    /// The code was right: that try does not count.
    pub fn second_factor_right(&self, user: UserId) {
        self.lock().second_factor.give_back(&user);
    }

    /// Whether one more mail may go to this address now, whoever asked for it. Those that were sent before still work, so this
    /// locks nobody out.
    pub fn mail_to(&self, email: &Email) -> bool {
        let now = self.clock.monotonic();
        let to = email.as_str().to_owned();
        self.lock().mail_to.take(to, now).is_ok()
    }

    /// The password was right: that try does not count.
    pub fn unlocked(&self, recording: RecordingId, address: IpAddr) {
        let address = address::network(address);
        self.lock().unlock.give_back(&(address, recording));
    }

    /// Whether somebody without an account may comment on a recording now.
    pub fn comment(
        &self,
        who: Commenter,
        address: IpAddr,
        recording: RecordingId,
    ) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        let mut all = self.lock();
        match who {
            Commenter::Known(guest) => all.comment.take((guest, recording), now)?,
            Commenter::New => all.new_guest.take((address, recording), now)?,
        }
        all.comment_address.take(address, now)
    }

    /// Whether somebody without an account may send a file for a comment now.
    pub fn attachment(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().attachment.take(address::network(address), now)
    }

    /// Whether a guest may react to something of a recording now.
    pub fn reaction(&self, guest: TokenId, recording: RecordingId) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().reaction.take((guest, recording), now)
    }

    /// Whether a picture may be decoded for this address now.
    pub fn frame(&self, address: IpAddr) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        self.lock().frame.take(address, now)
    }

    /// Whether a range may be made into a file for this address now.
    pub fn excerpt(&self, address: IpAddr) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        self.lock().excerpt.take(address, now)
    }

    /// Whether somebody without an account may search in a recording now: it is read and matched whole.
    pub fn search(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().search.take(address::network(address), now)
    }

    /// Whether another unknown viewer of a recording may be counted from there now.
    pub fn visitor(&self, address: IpAddr, recording: RecordingId) -> Result<(), Wait> {
        let (now, address) = (self.clock.monotonic(), address::network(address));
        self.lock().visitor.take((address, recording), now)
    }

    /// Whether a recorder may ask for a code now: each is a row that lives for a while.
    pub fn device_code(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().device_code.take(address::network(address), now)
    }

    /// Whether this address may ask for tokens now, whatever the code.
    pub fn polls(&self, address: IpAddr) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock()
            .poll_address
            .take(address::network(address), now)
    }

    /// Counts a request with a token, of which there may be `most` in a window of so many seconds: what is left, or how long to wait and
    /// what is left.
    pub fn token(&self, token: TokenHash, most: u32, window: u32) -> Result<Left, (Wait, Left)> {
        let now = self.clock.monotonic();
        let mut all = self.lock();
        all.token.set(most, seconds(window.into()) / most.max(1));
        let taken = all.token.take(token, now);
        let left = all.token.left(&token, now);
        taken.map(|()| left).map_err(|wait| (wait, left))
    }

    /// Whether it is to be noted now that a program reads a recording with this person's token.
    pub fn agent_view(&self, user: UserId, recording: RecordingId) -> bool {
        let now = self.clock.monotonic();
        self.lock().agent_view.take((user, recording), now).is_ok()
    }

    /// Whether enough time has passed since the last poll with this code.
    pub fn poll(&self, code: TokenHash) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().poll.take(code, now)
    }

    /// Whether somebody may have words translated now: a model is asked, which may cost money.
    pub fn translation(&self, user: UserId) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().translation.take(user, now)
    }

    /// Whether somebody may have a model asked about a talk now, which may cost money too.
    pub fn assistant(&self, user: UserId) -> Result<(), Wait> {
        let now = self.clock.monotonic();
        self.lock().assistant.take(user, now)
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use aside_protocol::time::Timestamp;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_stranger_cannot_use_up_the_tries_of_somebody_elsewhere() {
        let limits = Limits::new(Arc::new(ManualClock::at(Timestamp::from_micros(0))));
        let ana: Email = "ana@example.org".parse().unwrap();
        let stranger = ip("2001:db8::1");
        while limits.sign_in(&ana, stranger).is_ok() {}
        assert!(
            limits.sign_in(&ana, ip("2001:db8::2")).is_err(),
            "the same /64"
        );
        limits.sign_in(&ana, ip("192.0.2.1")).unwrap();
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let clock = ManualClock::at(Timestamp::from_micros(0).plus(seconds(1_000_000)));
        let limits = Limits::new(Arc::new(clock.clone()));
        let (ana, here) = ("ana@example.org".parse().unwrap(), ip("192.0.2.1"));
        while limits.sign_in(&ana, here).is_ok() {}
        clock.set(Timestamp::from_micros(0));
        clock.advance(seconds(6));
        limits.sign_in(&ana, here).unwrap();
    }
}
