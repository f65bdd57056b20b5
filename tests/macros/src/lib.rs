//! Attributes for tests of the server. An attribute leaves the function as it is, so rustfmt and editors see its body.

use proc_macro::{TokenStream, TokenTree};

/// A test that runs on SQLite and on PostgreSQL: `#[both] async fn a_claim(app: TestApp) { … }`.
///
/// Makes a module of the function's name with the tests `on_sqlite` and `on_postgres`. They call the functions of the
/// same names in `crate::testing`, which open a database and hand the application over.
#[proc_macro_attribute]
pub fn both(_: TokenStream, function: TokenStream) -> TokenStream {
    let mut words = function.clone().into_iter().filter_map(|tree| match tree {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    let name = words.by_ref().skip_while(|word| word != "fn").nth(1);
    let tests = match name {
        Some(name) => format!(
            "mod {name} {{
                #[tokio::test]
                async fn on_sqlite() {{ crate::testing::on_sqlite(super::{name}).await }}
                #[tokio::test]
                async fn on_postgres() {{ crate::testing::on_postgres(super::{name}).await }}
            }}"
        ),
        None => "compile_error!(\"#[both] belongs before a function\");".to_owned(),
    };
    // Both texts above are Rust.
    let tests: TokenStream = tests.parse().unwrap_or_default();
    function.into_iter().chain(tests).collect()
}
