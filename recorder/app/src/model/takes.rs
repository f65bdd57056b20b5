//! The takes on this computer: `aside takes --json`.

use serde::Deserialize;

/// The page of the takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakeList {
    /// `None`: not read yet.
    pub rows: Option<Vec<Row>>,
    pub problem: Option<String>,
    /// The take that is to be deleted, once a person has said so again.
    pub confirm: Option<String>,
    /// Takes something is done with.
    pub busy: Vec<String>,
    /// The file that was saved last.
    pub saved: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row {
    pub id: String,
    #[serde(default)]
    pub title: String,
    pub url: Option<String>,
    pub state: State,
    #[serde(default)]
    pub parts: usize,
    #[serde(default)]
    pub received: usize,
    #[serde(default)]
    pub lost: usize,
    /// Bytes.
    #[serde(default)]
    pub size: u64,
    #[serde(default)]
    pub duration_ms: i64,
    /// Why it cannot be read.
    pub message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Recording,
    Uploading,
    Waiting,
    Interrupted,
    Damaged,
    Trashed,
    #[serde(other)]
    Other,
}

impl Row {
    /// Reads the whole list; `None`: it is none.
    pub fn list(text: &str) -> Option<Vec<Self>> {
        serde_json::from_str(text).ok()
    }

    pub fn name(&self) -> String {
        match self.title.as_str() {
            "" => "Without a title".to_owned(),
            title => title.to_owned(),
        }
    }

    /// How it stands, in words.
    pub fn standing(&self) -> String {
        let uploaded = format!("{} of {} parts uploaded", self.received, self.parts);
        match self.state {
            State::Recording => "being recorded".to_owned(),
            State::Uploading => format!("uploading, {uploaded}"),
            State::Waiting => format!("waiting for the server, {uploaded}"),
            State::Interrupted => format!("interrupted, {uploaded}"),
            State::Damaged => match &self.message {
                Some(message) => format!("damaged: {message}"),
                None => format!("damaged, {} of {} parts are missing", self.lost, self.parts),
            },
            State::Trashed => "in the trash".to_owned(),
            State::Other => uploaded,
        }
    }

    /// It can be brought to its server now.
    pub const fn can_resume(&self) -> bool {
        matches!(self.state, State::Waiting | State::Interrupted)
    }

    /// It can be saved as a file.
    pub const fn can_export(&self) -> bool {
        !matches!(self.state, State::Recording | State::Trashed) && self.message.is_none()
    }

    /// It can be deleted from this computer.
    pub const fn can_discard(&self) -> bool {
        !matches!(self.state, State::Recording | State::Uploading)
    }

    /// The name of the file it is saved as: its title without what file systems refuse.
    pub fn file_name(&self) -> String {
        let plain: String = self
            .title
            .chars()
            .map(|c| match c {
                '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => ' ',
                c if c.is_control() => ' ',
                c => c,
            })
            .take(80)
            .collect();
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        match plain.trim_matches(['.', ' ']) {
            "" => format!("aside-{}.mp4", self.id.rsplit('-').next().unwrap_or("take")),
            name => format!("{name}.mp4"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = r#"[
        {"id":"0191-aa","slug":"s","title":"Bug: login/logout","url":"https://a.example/w/s","server":"https://a.example",
         "started_at":"2026-11-27T10:00:00Z","state":"interrupted","parts":10,"received":4,"lost":0,"size":5000,"duration_ms":5000,
         "path":"/x"},
        {"id":"0191-bb","state":"damaged","message":"take.json is broken","path":"/y"},
        {"id":"0191-cc","title":"","state":"trashed","parts":2,"size":10,"duration_ms":900,"expires_at":"2026-12-01T00:00:00Z"},
        {"id":"0191-dd","state":"from a later version"}]"#;

    #[test]
    fn the_list_is_read_and_each_row_offers_what_can_be_done() {
        let rows = Row::list(LIST).unwrap();
        let offers: Vec<_> = rows
            .iter()
            .map(|r| (r.can_resume(), r.can_export(), r.can_discard()))
            .collect();
        assert_eq!(
            offers,
            [
                (true, true, true),
                (false, false, true),
                (false, false, true),
                (false, true, true)
            ]
        );
        assert_eq!(rows[0].standing(), "interrupted, 4 of 10 parts uploaded");
        assert_eq!(rows[1].standing(), "damaged: take.json is broken");
    }

    #[test]
    fn a_title_becomes_a_file_name_that_every_file_system_takes() {
        let mut row = Row::list(LIST).unwrap().remove(0);
        assert_eq!(row.file_name(), "Bug login logout.mp4");
        row.title = "../..".to_owned();
        assert_eq!(row.file_name(), "aside-aa.mp4");
        row.title = "会議 メモ".to_owned();
        assert_eq!(row.file_name(), "会議 メモ.mp4");
    }
}
