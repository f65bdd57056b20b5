//! What somebody drew on the picture of a comment: shapes in coordinates of the frame, so that they are sharp at any size.

use aside_protocol::text::lines;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Of a drawing as JSON, in bytes; more is refused before it is read.
pub const MAX_BYTES: usize = 64 * 1024;
pub const MAX_SHAPES: usize = 200;
/// Of all shapes together.
pub const MAX_POINTS: usize = 5_000;
/// Of a text, in characters.
pub const MAX_TEXT: usize = 200;
/// Right and lower edge of the frame: coordinates are whole ten-thousandths of its width and height.
pub const EDGE: u16 = 10_000;

/// A drawing on one frame, from the lowest shape to the uppermost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    pub shapes: Vec<Shape>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    pub tool: Tool,
    pub color: Color,
    /// `x, y, x, y, …` in ten-thousandths of the frame's width and height, 0 to 10,000. Pen: the line. Arrow: from, to. Box: two
    /// opposite corners. Text: where its first line begins, at half its height.
    #[schema(value_type = Vec<u16>)]
    pub points: Vec<u16>,
    /// Of a text: its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    Pen,
    Arrow,
    Box,
    Text,
}

/// By name, so that every page shows it in a tone that can be seen there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Color {
    Red,
    Yellow,
    Green,
    Blue,
    White,
    Black,
}

/// Why a drawing is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawingError {
    #[error("A drawing needs at least one shape.")]
    Empty,
    #[error("A drawing has at most {MAX_SHAPES} shapes.")]
    TooManyShapes,
    #[error("A drawing has at most {MAX_POINTS} points.")]
    TooManyPoints,
    #[error("A drawing has at most {} KB.", MAX_BYTES / 1024)]
    TooLarge,
    #[error("A point lies outside of the frame.")]
    Outside,
    #[error("A shape has the wrong number of points.")]
    WrongPoints,
    #[error(
        "A text in a drawing has 1 to {MAX_TEXT} characters that can be seen; other shapes have none."
    )]
    WrongText,
}

impl Drawing {
    /// Checks it and cuts its texts clean; answers it as it is stored.
    pub fn checked(mut self) -> Result<StoredDrawing, DrawingError> {
        match self.shapes.len() {
            0 => return Err(DrawingError::Empty),
            n if n > MAX_SHAPES => return Err(DrawingError::TooManyShapes),
            _ => {}
        }
        let numbers: usize = self.shapes.iter().map(|shape| shape.points.len()).sum();
        if numbers > 2 * MAX_POINTS {
            return Err(DrawingError::TooManyPoints);
        }
        for shape in &mut self.shapes {
            shape.check()?;
        }
        let json = serde_json::to_string(&self).map_err(|_| DrawingError::TooLarge)?;
        if json.len() > MAX_BYTES {
            return Err(DrawingError::TooLarge);
        }
        Ok(StoredDrawing(json))
    }
}

impl Shape {
    fn check(&mut self) -> Result<(), DrawingError> {
        if self.points.iter().any(|n| *n > EDGE) {
            return Err(DrawingError::Outside);
        }
        let fits = match self.tool {
            Tool::Pen => self.points.len() >= 2 && self.points.len().is_multiple_of(2),
            Tool::Arrow | Tool::Box => self.points.len() == 4,
            Tool::Text => self.points.len() == 2,
        };
        if !fits {
            return Err(DrawingError::WrongPoints);
        }
        match (self.tool, &mut self.text) {
            (Tool::Text, Some(text)) => {
                let clean = lines(text).trim().to_owned();
                if clean.is_empty() || clean.chars().count() > MAX_TEXT {
                    return Err(DrawingError::WrongText);
                }
                *text = clean;
                Ok(())
            }
            (Tool::Text, None) | (_, Some(_)) => Err(DrawingError::WrongText),
            (_, None) => Ok(()),
        }
    }
}

/// A drawing that was checked, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDrawing(String);

impl StoredDrawing {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<StoredDrawing, DrawingError> {
        serde_json::from_str::<Drawing>(json).unwrap().checked()
    }

    fn shape(tool: &str, points: &str, rest: &str) -> String {
        format!(r#"{{"shapes":[{{"tool":"{tool}","color":"red","points":[{points}]{rest}}}]}}"#)
    }

    #[test]
    fn each_tool_is_kept_as_it_was_drawn() {
        for (tool, points, rest) in [
            ("pen", "0,0", ""),
            ("pen", "0,0,10000,10000,5,5", ""),
            ("arrow", "1,2,3,4", ""),
            ("box", "9,9,1,1", ""),
            ("text", "5000,5000", r#","text":"here"#),
        ] {
            let rest = if rest.is_empty() {
                String::new()
            } else {
                format!("{rest}\"")
            };
            let json = shape(tool, points, &rest);
            assert_eq!(read(&json).unwrap().as_str(), json);
        }
    }

    #[test]
    fn what_is_no_drawing_is_refused_with_a_reason() {
        let refused = [
            (r#"{"shapes":[]}"#.to_owned(), DrawingError::Empty),
            (shape("pen", "", ""), DrawingError::WrongPoints),
            (shape("pen", "1,2,3", ""), DrawingError::WrongPoints),
            (shape("arrow", "1,2", ""), DrawingError::WrongPoints),
            (shape("box", "1,2,3,4,5,6", ""), DrawingError::WrongPoints),
            (shape("pen", "1,10001", ""), DrawingError::Outside),
            (shape("text", "1,2", ""), DrawingError::WrongText),
            (
                shape("text", "1,2", r#","text":" \u0000 ""#),
                DrawingError::WrongText,
            ),
            (
                shape("pen", "1,2", r#","text":"x""#),
                DrawingError::WrongText,
            ),
            (
                shape(
                    "text",
                    "1,2",
                    &format!(r#","text":"{}""#, "x".repeat(MAX_TEXT + 1)),
                ),
                DrawingError::WrongText,
            ),
        ];
        for (json, why) in refused {
            assert_eq!(read(&json), Err(why), "{json}");
        }
        for json in [
            shape("pen", "-1,2", ""),
            shape("pen", "0.5,2", ""),
            shape("pen", "1e9,2", ""),
            shape("brush", "1,2", ""),
            shape("pen", "1,2", r#","onload":"alert(1)""#),
        ] {
            assert!(serde_json::from_str::<Drawing>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_drawing_has_bounds() {
        let pen = |points: usize| Shape {
            tool: Tool::Pen,
            color: Color::Blue,
            points: vec![1; 2 * points],
            text: None,
        };
        let of = |shapes: Vec<Shape>| Drawing { shapes }.checked().map(|_| ());
        assert_eq!(of(vec![pen(MAX_POINTS)]), Ok(()));
        assert_eq!(
            of(vec![pen(MAX_POINTS), pen(1)]),
            Err(DrawingError::TooManyPoints)
        );
        assert_eq!(of(vec![pen(1); MAX_SHAPES]), Ok(()));
        assert_eq!(
            of(vec![pen(1); MAX_SHAPES + 1]),
            Err(DrawingError::TooManyShapes)
        );
        let text = Shape {
            tool: Tool::Text,
            color: Color::Red,
            points: vec![1, 1],
            text: Some("😀".repeat(MAX_TEXT)),
        };
        assert_eq!(of(vec![text; MAX_SHAPES]), Err(DrawingError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back_and_stored_the_same(points in prop::collection::vec(0..=EDGE, 1..200)) {
            let points: Vec<u16> = points.into_iter().flat_map(|n| [n, EDGE - n]).collect();
            let drawing = Drawing { shapes: vec![Shape { tool: Tool::Pen, color: Color::Green, points, text: None }] };
            let stored = drawing.clone().checked().unwrap();
            let again: Drawing = serde_json::from_str(stored.as_str()).unwrap();
            prop_assert_eq!(&again, &drawing);
            prop_assert_eq!(again.checked().unwrap(), stored);
        }
    }
}
