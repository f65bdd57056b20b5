//! Making tokens: the row and its secret belong together.

use aside_protocol::id::{TokenId, UserId};

use super::token::{Kind, Secret};
use crate::app::App;
use crate::store::tokens::Token;
use crate::store::{Result, Tx};

/// Writes a new token and answers it with its secret, which exists nowhere else. `user` is none
/// for a guest; `name` is the token's, or the guest's.
pub async fn token(
    app: &App,
    tx: &mut Tx,
    kind: Kind,
    user: Option<UserId>,
    name: &str,
) -> Result<(Token, Secret)> {
    let now = app.now();
    let secret = Secret::new(&*app.entropy);
    let token = Token {
        id: TokenId::new(now, app.id_entropy()),
        kind,
        user,
        name: name.to_owned(),
        created_at: now,
        expires_at: kind.lifetime().map(|span| now.plus(span)),
        last_used_at: None,
    };
    tx.insert_token(&token, &secret.hash()).await?;
    Ok((token, secret))
}
