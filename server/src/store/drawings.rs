//! The column `comments.drawing`: read and written apart from the rows, which are listed a thousand at a time.

use aside_protocol::id::CommentId;

use super::{Result, Store, Tx, expect_one};
use crate::domain::drawing::StoredDrawing;
use crate::{in_tx, on_db};

/// Gives a comment its drawing.
pub async fn set(tx: &mut Tx, comment: CommentId, drawing: &StoredDrawing) -> Result<()> {
    const SQL: &str = "UPDATE comments SET drawing = $2 WHERE id = $1";
    let rows = in_tx!(tx, |db| sqlx::query(SQL)
        .bind(comment.0)
        .bind(drawing.as_str())
        .execute(db)
        .await
        .map(|d| d.rows_affected()))?;
    expect_one(rows)
}

impl Store {
    /// The drawing of a comment, as JSON.
    pub async fn drawing(&self, comment: CommentId) -> Result<Option<String>> {
        const SQL: &str = "SELECT drawing FROM comments WHERE id = $1";
        let found: Option<Option<String>> = on_db!(self, |db| sqlx::query_scalar(SQL)
            .bind(comment.0)
            .fetch_optional(db)
            .await)?;
        Ok(found.flatten())
    }
}
