//! Enums whose variants have names: in columns, in JSON, on the command line.

/// A text that is none of the names it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such {what}: expected {}", listed(names))]
pub struct UnknownName {
    pub what: &'static str,
    pub names: &'static [&'static str],
}

/// `a, b or c`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Gives an enum `as_str` and [`std::str::FromStr`] by the names of its variants:
/// `names!(Audience, "audience", { Link: "link", Members: "members" });`. A variant without a name does not compile.
macro_rules! names {
    ($type:ty, $what:literal, { $($variant:ident: $name:literal),+ $(,)? }) => {
        impl $type {
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::domain::names::UnknownName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::domain::names::UnknownName {
                        what: $what,
                        names: &[$($name),+],
                    }),
                }
            }
        }
    };
}

pub(crate) use names;

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro is for public enums")]
mod tests {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Colour {
        Red,
        LightBlue,
        Green,
    }

    names!(Colour, "colour", { Red: "red", LightBlue: "light_blue", Green: "green" });

    #[test]
    fn a_name_is_read_back_and_another_is_told_which_there_are() {
        for colour in [Colour::Red, Colour::LightBlue, Colour::Green] {
            assert_eq!(colour.as_str().parse(), Ok(colour));
        }
        let error = "pink".parse::<Colour>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no such colour: expected red, light_blue or green"
        );
    }
}
