//! Rows of `tokens` and `device_codes`.

use aside_protocol::id::{TokenId, UserId};
use aside_protocol::time::Timestamp;
use uuid::Uuid;

use super::accounts::UserRow;
use super::cell::Table;
use super::{Result, Store, StoreError, Tx};
use crate::domain::account::User;
use crate::domain::device::{DeviceCode, DeviceState};
use crate::domain::token::{Scopes, Token, TokenHash};
use crate::{in_tx, on_db};

#[derive(sqlx::FromRow)]
struct TokenRow {
    token_id: Uuid,
    kind: String,
    token_name: String,
    user_id: Option<Uuid>,
    token_created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    scopes: Option<String>,
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;
    fn try_from(row: TokenRow) -> Result<Self> {
        Ok(Self {
            id: TokenId(row.token_id),
            kind: Table("tokens").parsed("kind", row.kind)?,
            user: row.user_id.map(UserId),
            name: row.token_name,
            created_at: Timestamp::from_micros(row.token_created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
            scopes: Scopes::from_text(row.scopes.as_deref()).map_err(|_| {
                StoreError::inconsistent("tokens", "scopes", row.scopes.unwrap_or_default())
            })?,
        })
    }
}

macro_rules! select_tokens {
    () => {
        "SELECT id AS token_id, kind, name AS token_name, user_id, created_at AS token_created_at, expires_at, last_used_at, scopes \
         FROM tokens "
    };
}

/// A token that was shown, and the person it stands for; run out or not. Of who was deactivated, no token stands for anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub hash: TokenHash,
    pub token: Token,
    /// None for a guest, and where the person was deactivated.
    pub user: Option<User>,
}

/// Of tokens called `k` and their persons called `u`, as [`ShownRow`] reads them.
macro_rules! shown_columns {
    () => {
        "k.id AS k_id, k.kind AS k_kind, k.hash AS k_hash, k.name AS k_name, k.created_at AS k_created_at, \
         k.expires_at AS k_expires_at, k.last_used_at AS k_last_used_at, k.scopes AS k_scopes, \
         u.id AS u_id, u.email AS u_email, u.name AS u_name, u.role AS u_role, u.created_at AS u_created_at"
    };
}
pub(super) use shown_columns;

/// All of it is missing where a join found no token.
#[derive(sqlx::FromRow)]
pub(super) struct ShownRow {
    k_id: Option<Uuid>,
    k_kind: Option<String>,
    k_hash: Option<Vec<u8>>,
    k_name: Option<String>,
    k_created_at: Option<i64>,
    k_expires_at: Option<i64>,
    k_last_used_at: Option<i64>,
    k_scopes: Option<String>,
    u_id: Option<Uuid>,
    u_email: Option<String>,
    u_name: Option<String>,
    u_role: Option<String>,
    u_created_at: Option<i64>,
}

impl ShownRow {
    pub(super) fn read(self) -> Result<Option<Shown>> {
        let (Some(id), Some(kind), Some(hash)) = (self.k_id, self.k_kind, self.k_hash) else {
            return Ok(None);
        };
        let user = match (self.u_id, self.u_email, self.u_name, self.u_role) {
            (Some(id), Some(email), Some(name), Some(role)) => Some(User::try_from(UserRow {
                id,
                email,
                name,
                role,
                created_at: self.u_created_at.unwrap_or(0),
            })?),
            _ => None,
        };
        let token = Token::try_from(TokenRow {
            token_id: id,
            kind,
            token_name: self.k_name.unwrap_or_default(),
            user_id: self.u_id,
            token_created_at: self.k_created_at.unwrap_or(0),
            expires_at: self.k_expires_at,
            last_used_at: self.k_last_used_at,
            scopes: self.k_scopes,
        })?;
        let hash = Table("tokens").bytes("hash", hash)?;
        Ok(Some(Shown { hash, token, user }))
    }
}

impl Store {
    /// What is known of these tokens, in no order.
    pub async fn shown_tokens(&self, hashes: &[TokenHash; 2]) -> Result<Vec<Shown>> {
        const SQL: &str = concat!(
            "SELECT ",
            shown_columns!(),
            " FROM tokens k LEFT JOIN users u ON u.id = k.user_id AND u.deactivated_at IS NULL WHERE k.hash IN ($1, $2)"
        );
        let rows = on_db!(self, |db| sqlx::query_as::<_, ShownRow>(SQL)
            .bind(hashes[0].as_slice())
            .bind(hashes[1].as_slice())
            .fetch_all(db)
            .await)?;
        let shown: Result<Vec<Option<Shown>>> = rows.into_iter().map(ShownRow::read).collect();
        Ok(shown?.into_iter().flatten().collect())
    }

    /// API and device tokens of a person, newest first.
    pub async fn named_tokens(&self, user: UserId) -> Result<Vec<Token>> {
        const SQL: &str = concat!(
            select_tokens!(),
            "WHERE user_id = $1 AND kind IN ('api', 'device') ORDER BY created_at DESC, id DESC"
        );
        on_db!(self, |db| sqlx::query_as::<_, TokenRow>(SQL)
            .bind(user.0)
            .fetch_all(db)
            .await)?
        .into_iter()
        .map(Token::try_from)
        .collect()
    }
}

impl Tx {
    pub async fn insert_token(&mut self, token: &Token, hash: &TokenHash) -> Result<()> {
        const SQL: &str = "INSERT INTO tokens (id, kind, hash, user_id, name, created_at, expires_at, scopes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(token.id.0)
            .bind(token.kind.as_str())
            .bind(hash.as_slice())
            .bind(token.user.map(|u| u.0))
            .bind(&token.name)
            .bind(token.created_at.micros())
            .bind(token.expires_at.map(Timestamp::micros))
            .bind(token.scopes.to_text())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Notes that a token was used, and that its person was here.
    pub async fn touch_token(&mut self, id: TokenId, now: Timestamp) -> Result<()> {
        const TOKEN: &str = "UPDATE tokens SET last_used_at = $2 WHERE id = $1";
        const PERSON: &str = "UPDATE users SET last_seen_at = $2 WHERE id = (SELECT user_id FROM tokens WHERE id = $1)";
        for sql in [TOKEN, PERSON] {
            in_tx!(self, |db| sqlx::query(sql)
                .bind(id.0)
                .bind(now.micros())
                .execute(db)
                .await
                .map(|_| ()))?;
        }
        Ok(())
    }

    /// Ends a token of any kind. Says whether it was this person's.
    pub async fn delete_token(&mut self, id: TokenId, user: UserId) -> Result<bool> {
        const SQL: &str = "DELETE FROM tokens WHERE id = $1 AND user_id = $2";
        Ok(in_tx!(self, |db| sqlx::query(SQL)
            .bind(id.0)
            .bind(user.0)
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?
            == 1)
    }

    /// Ends the session that has this hash, whoever's it is.
    pub async fn delete_session(&mut self, hash: &TokenHash) -> Result<()> {
        const SQL: &str = "DELETE FROM tokens WHERE hash = $1 AND kind = 'session'";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(hash.as_slice())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// Sweeps sessions that ran out. Guests stay: their comments are theirs.
    pub async fn delete_expired_sessions(&mut self, now: Timestamp) -> Result<u64> {
        const SQL: &str = "DELETE FROM tokens WHERE kind = 'session' AND expires_at <= $1";
        Ok(in_tx!(self, |db| sqlx::query(SQL)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }
}

#[derive(sqlx::FromRow)]
struct DeviceRow {
    device_hash: Vec<u8>,
    user_code: String,
    client_name: String,
    state: String,
    user_id: Option<Uuid>,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<DeviceRow> for DeviceCode {
    type Error = StoreError;
    fn try_from(row: DeviceRow) -> Result<Self> {
        let state = match (row.state.as_str(), row.user_id) {
            ("pending", _) => DeviceState::Pending,
            ("denied", _) => DeviceState::Denied,
            ("approved", Some(user)) => DeviceState::Approved(UserId(user)),
            _ => return Err(StoreError::inconsistent("device_codes", "state", row.state)),
        };
        Ok(Self {
            hash: Table("device_codes").bytes("device_hash", row.device_hash)?,
            user_code: row.user_code,
            client_name: row.client_name,
            state,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        })
    }
}

macro_rules! select_device_codes {
    () => {
        "SELECT device_hash, user_code, client_name, state, user_id, created_at, expires_at FROM device_codes "
    };
}

const DEVICE_BY_HASH: &str = concat!(select_device_codes!(), "WHERE device_hash = $1");

impl Store {
    /// By the hash of the recorder's code; run out or not.
    pub async fn device_code(&self, hash: &TokenHash) -> Result<Option<DeviceCode>> {
        on_db!(self, |db| sqlx::query_as::<_, DeviceRow>(DEVICE_BY_HASH)
            .bind(hash.as_slice())
            .fetch_optional(db)
            .await)?
        .map(DeviceCode::try_from)
        .transpose()
    }

    pub async fn device_code_for(&self, user_code: &str) -> Result<Option<DeviceCode>> {
        const SQL: &str = concat!(select_device_codes!(), "WHERE user_code = $1");
        on_db!(self, |db| sqlx::query_as::<_, DeviceRow>(SQL)
            .bind(user_code)
            .fetch_optional(db)
            .await)?
        .map(DeviceCode::try_from)
        .transpose()
    }
}

impl Tx {
    /// A user code that is taken is [`StoreError::is_duplicate`].
    pub async fn insert_device_code(&mut self, code: &DeviceCode) -> Result<()> {
        const SQL: &str = "INSERT INTO device_codes (device_hash, user_code, client_name, state, created_at, expires_at) VALUES ($1, $2, $3, 'pending', $4, $5)";
        in_tx!(self, |db| sqlx::query(SQL)
            .bind(code.hash.as_slice())
            .bind(&code.user_code)
            .bind(&code.client_name)
            .bind(code.created_at.micros())
            .bind(code.expires_at.micros())
            .execute(db)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    pub async fn device_code(&mut self, hash: &TokenHash) -> Result<Option<DeviceCode>> {
        in_tx!(self, |db| sqlx::query_as::<_, DeviceRow>(DEVICE_BY_HASH)
            .bind(hash.as_slice())
            .fetch_optional(db)
            .await)?
        .map(DeviceCode::try_from)
        .transpose()
    }

    /// Yes (with who said it) or no. Says whether the question was still open.
    pub async fn decide_device_code(
        &mut self,
        user_code: &str,
        approved_by: Option<UserId>,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE device_codes SET state = $2, user_id = $3 WHERE user_code = $1 AND state = 'pending' AND expires_at > $4";
        let state = if approved_by.is_some() {
            "approved"
        } else {
            "denied"
        };
        let rows = in_tx!(self, |db| sqlx::query(SQL)
            .bind(user_code)
            .bind(state)
            .bind(approved_by.map(|u| u.0))
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?;
        Ok(rows == 1)
    }

    /// Says whether it was still there: of two polls at once only one gets the token.
    pub async fn delete_device_code(&mut self, hash: &TokenHash) -> Result<bool> {
        const SQL: &str = "DELETE FROM device_codes WHERE device_hash = $1";
        Ok(in_tx!(self, |db| sqlx::query(SQL)
            .bind(hash.as_slice())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?
            == 1)
    }

    pub async fn delete_expired_device_codes(&mut self, now: Timestamp) -> Result<u64> {
        const SQL: &str = "DELETE FROM device_codes WHERE expires_at <= $1";
        Ok(in_tx!(self, |db| sqlx::query(SQL)
            .bind(now.micros())
            .execute(db)
            .await
            .map(|d| d.rows_affected()))?)
    }
}
