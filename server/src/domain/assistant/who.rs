//! Whom the words of a talk name: a member of the server, where that is sure.

/// As a model names who talks.
pub const SPEAKER: &str = "speaker";

/// Whether `said` is who talks.
pub fn is_speaker(said: &str) -> bool {
    matches!(
        said.trim().to_lowercase().as_str(),
        SPEAKER | "the speaker" | "i" | "me" | "ich" | "sprecher" | "sprecherin"
    )
}

/// The people whom `said` may mean, as places in `names`: those of that very name, or else those of whom it is the first or the last name.
/// Several: it is not sure which.
pub fn meant(said: &str, names: &[&str]) -> Vec<usize> {
    let said = plain(said);
    if said.is_empty() {
        return Vec::new();
    }
    let of = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let all = names.iter().enumerate();
        let fitting = all.filter(|(_, name)| fits(&plain(name)));
        fitting.map(|(n, _)| n).collect()
    };
    let exactly = of(&|name| name == said);
    if !exactly.is_empty() {
        return exactly;
    }
    of(&|name| {
        let mut parts = name.split(' ');
        let (first, last) = (parts.next(), name.rsplit(' ').next());
        first == Some(said.as_str()) || last == Some(said.as_str())
    })
}

/// In small letters, without marks and what is no letter.
fn plain(name: &str) -> String {
    let letters: String = name
        .trim_start_matches('@')
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .flat_map(char::to_lowercase)
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}
