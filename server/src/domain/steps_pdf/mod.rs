//! Steps as a PDF: A4 pages in the fonts that one gives it. Pure.
//!
//! Characters are drawn one by one: Arabic letters are not joined, Indic ones not reordered, and what is written from right to left
//! stands from left to right (decision 101).

mod embed;
mod face;
mod helvetica;
mod jpeg;
mod layout;
mod text;
mod wrap;
mod write;

use std::collections::BTreeSet;

use bytes::Bytes;

use self::face::{Faces, Weight};
use self::layout::{Measure, WATCH, heading, layout, title};
use self::text::settable;
use self::write::{Picture, write};
use super::steps::Steps;

pub use self::face::{FontFile, Fonts};

/// What every document may say, and what is drawn in the place of others.
const ALWAYS: &str = "0123456789:/ ·?";

/// Which characters a document needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    pub regular: BTreeSet<char>,
    pub bold: BTreeSet<char>,
}

/// The characters of a document.
pub fn needed(steps: &Steps<'_>) -> Needed {
    let mut bold: BTreeSet<char> = title(steps).chars().chain(ALWAYS.chars()).collect();
    let mut regular: BTreeSet<char> = WATCH.chars().chain(ALWAYS.chars()).collect();
    for (n, step) in steps.steps.iter().enumerate() {
        bold.extend(heading(n, step).chars());
        for paragraph in &step.paragraphs {
            regular.extend(settable(paragraph).chars());
        }
    }
    Needed { regular, bold }
}

impl Measure for Faces<'_> {
    fn width(&self, c: char, weight: Weight) -> f32 {
        self.draw(c, weight).width
    }
}

/// The document. `pictures`: of each step a JPEG; none where it could not be made. Without fonts it is set in Helvetica, which
/// has the letters of Western Europe.
pub fn pdf(steps: &Steps<'_>, pictures: &[Option<Bytes>], fonts: &Fonts) -> Vec<u8> {
    let mut faces = Faces::new(fonts);
    let pictures: Vec<Option<Picture<'_>>> = pictures
        .iter()
        .map(|jpeg| {
            let jpeg = jpeg.as_deref()?;
            let size = jpeg::size(jpeg)?;
            Some(Picture { jpeg, size })
        })
        .collect();
    let sizes: Vec<_> = pictures
        .iter()
        .map(|it| it.as_ref().map(|it| it.size))
        .collect();
    let language = steps.language.unwrap_or("en");
    loop {
        let document = layout(steps, &sizes, &faces);
        match write(&document, language, &pictures, &faces) {
            Ok(pdf) => return pdf,
            // A broken font: without it. Helvetica is always there.
            Err(n) => {
                if !faces.leave_out(n) {
                    faces = Faces::none();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
