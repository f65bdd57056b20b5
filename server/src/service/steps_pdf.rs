//! Steps as a PDF, in the fonts that are found on this machine.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::frames::{FrameError, Frames};
use super::steps::Read;
use crate::domain::access::{Allowed, Watch};
use crate::domain::steps_pdf::{FontFile, Fonts, needed, pdf};
use crate::limits::Limits;
use crate::resources::Resources;

/// Where Linux has its fonts.
const FOLDERS: [&str; 2] = ["/usr/share/fonts", "/usr/local/share/fonts"];
/// Folders within folders that are looked through.
const DEEPEST: usize = 5;
/// A larger file is no font of these.
const MAX_FONT: u64 = 64 * 1024 * 1024;

/// Files of fonts that are used, the first choice first: what most is written in, what Chinese, Japanese and Korean are written in, other
/// scripts, signs.
const REGULAR: &[&str] = &[
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
    "LiberationSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansCJKkr-Regular.otf",
    "SourceHanSans-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "DroidSansFallback.ttf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "ipagp.ttf",
    "ipag.ttf",
    "TakaoPGothic.ttf",
    "VL-PGothic-Regular.ttf",
    "NanumGothic.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    "NotoSansEthiopic-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "NotoSansLao-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf",
    "FreeSans.ttf",
    "NotoSansMath-Regular.ttf",
    "NotoSansSymbols-Regular.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoEmoji-Regular.ttf",
    "Symbola_hint.ttf",
];
const BOLD: &[&str] = &[
    "NotoSans-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansCJKjp-Bold.otf",
    "NotoSansCJKsc-Bold.otf",
    "NotoSansCJKkr-Bold.otf",
    "SourceHanSans-Bold.ttc",
    "NanumGothicBold.ttf",
    "FreeSansBold.ttf",
];

/// Writes PDFs, one at a time: fonts and pictures are in memory meanwhile. Cheap to clone.
#[derive(Debug, Clone)]
pub struct StepsPdfs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folders: Vec<PathBuf>,
    turn: Arc<Semaphore>,
}

impl StepsPdfs {
    /// In the fonts of this machine.
    pub fn with_fonts_of_this_machine() -> Self {
        Self::with_fonts_in(FOLDERS.map(PathBuf::from).to_vec())
    }

    /// In the fonts in these folders.
    pub fn with_fonts_in(folders: Vec<PathBuf>) -> Self {
        let turn = Arc::new(Semaphore::new(1));
        Self(Arc::new(Inner { folders, turn }))
    }

    /// The pictures that it shows, as for a page. Where there are none to be made, the document itself is counted.
    pub async fn pictures(
        &self,
        read: &Read,
        frames: &Frames,
        (resources, limits): (&Resources, &Limits),
        recording: &Allowed<Watch>,
        address: IpAddr,
    ) -> Result<Vec<Option<Bytes>>, Arc<FrameError>> {
        // Also where all pictures are kept: fonts are read and the document is written each time.
        limits.frame(address).map_err(FrameError::TooMany)?;
        let means = (resources, limits);
        read.pictures(frames, means, recording, address).await
    }

    /// The document.
    pub async fn document(
        &self,
        read: Read,
        title: String,
        link: String,
        pictures: Vec<Option<Bytes>>,
    ) -> Result<Vec<u8>, JoinError> {
        // It is never closed. The work keeps its turn: it goes on when whoever asked has left.
        let turn = Arc::clone(&self.0.turn).acquire_owned().await.ok();
        let inner = Arc::clone(&self.0);
        let made = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let steps = read.steps(&title, &link);
            let needed = needed(&steps);
            let files = files(&inner.folders);
            let (bold, missing) = fonts(BOLD, &files, needed.bold, steps.language);
            let wanted = needed.regular.into_iter().chain(missing).collect();
            let (regular, missing) = fonts(REGULAR, &files, wanted, steps.language);
            if !missing.is_empty() {
                let count = missing.len();
                tracing::info!(
                    count,
                    "no font of this machine has {count} characters of a PDF"
                );
            }
            pdf(&steps, &pictures, &Fonts { regular, bold })
        });
        made.await
    }
}

/// Where the files are that are used.
fn files(folders: &[PathBuf]) -> HashMap<String, PathBuf> {
    let mut found = HashMap::new();
    let mut open: Vec<(PathBuf, usize)> = folders.iter().map(|it| (it.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                if depth < DEEPEST {
                    open.push((entry.path(), depth + 1));
                }
                continue;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if REGULAR.contains(&name) || BOLD.contains(&name) {
                found.entry(name.to_owned()).or_insert(entry.path());
            }
        }
    }
    found
}

/// The fonts that have these characters, as few as are needed, and what none of them has.
fn fonts(
    names: &[&str],
    files: &HashMap<String, PathBuf>,
    mut wanted: BTreeSet<char>,
    language: Option<&str>,
) -> (Vec<FontFile>, BTreeSet<char>) {
    let mut chosen = Vec::new();
    for name in names {
        let Some(path) = files.get(*name).filter(|_| !wanted.is_empty()) else {
            continue;
        };
        let Some(bytes) = contents(path) else {
            continue;
        };
        let index = of_collection(name, language);
        let font = FontFile { bytes, index };
        let missing = font.lacking(&wanted);
        if missing.len() < wanted.len() {
            chosen.push(font);
            wanted = missing;
        }
    }
    (chosen, wanted)
}

fn contents(path: &Path) -> Option<Vec<u8>> {
    let size = std::fs::metadata(path).ok()?.len();
    let read = || std::fs::read(path);
    (size <= MAX_FONT).then(read)?.ok()
}

/// Noto's and Adobe's collections have the forms of Japan first, then those of Korea, of the mainland, and of Taiwan.
fn of_collection(name: &str, language: Option<&str>) -> u32 {
    if !(name.starts_with("NotoSansCJK-") || name.starts_with("SourceHanSans-")) {
        return 0;
    }
    match language.map(str::to_ascii_lowercase).as_deref() {
        Some("zh-tw" | "zh-hk" | "zh-hant") => 3,
        Some("ko") => 1,
        Some(other) if other == "zh" || other.starts_with("zh-") => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_korean_have_their_own_forms() {
        let name = "NotoSansCJK-Bold.ttc";
        let languages = [None, Some("ja"), Some("ko"), Some("zh"), Some("zh-TW")];
        let chosen = languages.map(|it| of_collection(name, it));
        assert_eq!(chosen, [0, 0, 1, 2, 3]);
        assert_eq!(of_collection("DejaVuSans.ttf", Some("zh")), 0);
    }
}
