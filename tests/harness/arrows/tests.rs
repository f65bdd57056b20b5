use super::*;

fn source(text: &str, module: &[&str]) -> Source {
    let module: Vec<String> = module.iter().map(|m| (*m).to_owned()).collect();
    let found = names::find(text, &module).unwrap();
    Source {
        file: PathBuf::from(module.join("/")).with_extension("rs"),
        module,
        names: found.names,
        calls: found.calls,
    }
}

fn paths(text: &str, module: &[&str]) -> Vec<String> {
    let names = source(text, module).names.into_iter();
    names.map(|name| name.path).collect()
}

#[test]
fn trees_aliases_and_globs_are_unfolded() {
    let text = "use crate::{store::{self, Store, Tx as T}, http};\nuse axum::*;\npub(crate) use sqlx::query as q;";
    assert_eq!(
        paths(text, &["domain"]),
        [
            "crate::store",
            "crate::store::Store",
            "crate::store::Tx",
            "crate::http",
            "axum",
            "sqlx::query"
        ]
    );
}

#[test]
fn a_path_in_the_middle_of_code_counts_like_an_import() {
    let text = "fn f() -> sqlx::Result<()> { let x = crate::http::error::E; std::fs::read(x) }";
    assert_eq!(
        paths(text, &["domain"]),
        ["sqlx::Result", "crate::http::error::E", "std::fs::read"]
    );
}

#[test]
fn what_stands_inside_macros_and_attributes_counts_too() {
    let text = "#[derive(sqlx::FromRow)] struct A { x: i64 }\n\
        fn f() { select! { a = tokio::time::sleep(D) => g(a: b, crate::app::App::new()), } }\n\
        macro_rules! m { ($x:expr) => { $crate::http::serve($x) } }";
    let found = paths(text, &["domain"]);
    assert_eq!(
        found,
        [
            "sqlx::FromRow",
            "tokio::time::sleep",
            "crate::app::App::new",
            "crate::http::serve"
        ]
    );
}

#[test]
fn super_is_resolved_by_where_the_code_stands() {
    assert_eq!(
        paths("use super::super::http::Route;", &["domain", "comment"]),
        ["crate::http::Route"]
    );
    assert_eq!(
        paths("use self::inner::X;", &["domain"]),
        ["crate::domain::inner::X"]
    );
    assert_eq!(
        paths("mod inner { use super::X; }", &["domain"]),
        ["crate::domain::X"]
    );
}

#[test]
fn comments_strings_and_tests_do_not_count() {
    let text = "//! use sqlx::a;\n/* sqlx::b */ const S: &str = \"sqlx::c\"; const R: &str = r#\"sqlx::d\"#;\n\
        const Q: char = '\"'; fn f<'a>() {}\n#[cfg(test)]\nmod tests { use sqlx::e; }\n#[cfg(test)]\nfn g() { sqlx::h() }";
    assert_eq!(paths(text, &[]), Vec::<String>::new());
}

#[test]
fn a_module_that_is_declared_for_tests_does_not_count_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "objects/mod.rs",
        "#[cfg(test)]\nmod contract;\nuse sqlx::a;\n",
    );
    write("objects/contract.rs", "use sqlx::b;");
    write("objects/tests/more.rs", "use sqlx::c;");
    let sources = read(folder.path()).unwrap();
    let files: Vec<_> = sources.iter().map(|s| s.file.clone()).collect();
    assert_eq!(files, [PathBuf::from("objects/mod.rs")]);
}

#[test]
fn a_breach_is_found_with_its_line_and_a_rule_about_nothing_is_an_error() {
    let sources = [source(
        "//! Pure.\n\nuse sqlx::Row as _;\nuse sqlxtra::Fine;\n",
        &["domain", "access"],
    )];
    let rule = Rule {
        place: "domain",
        never: &["sqlx"],
        why: "the rules know no SQL",
    };
    let found = breaches(&sources, &[rule]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].line, found[0].names.as_str()), (3, "sqlx::Row"));
    let nowhere = Rule {
        place: "nowhere",
        ..rule
    };
    assert!(breaches(&sources, &[nowhere]).is_err());
}

#[test]
fn a_call_is_found_in_code_and_in_macros() {
    let text = "fn f() { app.store.recording(id); select! { x = app.store.recording(id) => {} } recording(id); }";
    let rule = CallRule {
        place: "http",
        never: &["recording"],
        why: "the gate decides",
    };
    let found = call_breaches(&[source(text, &["http", "watch"])], &[rule]).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn a_field_that_is_named_is_found_too() {
    let text = "async fn f(app: App) { app.store.words(1).await; app.resources.store; let store = 1; store.words() }";
    let rule = CallRule {
        place: "http",
        never: &[".store"],
        why: "http knows no store",
    };
    let found = call_breaches(&[source(text, &["http", "watch"])], &[rule]).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn a_folder_without_a_layer_is_an_error() {
    let sources = [source("", &["domain"]), source("", &["sharing"])];
    let domain = Layer {
        name: "domain",
        may: &[],
    };
    let error = layer_breaches(&sources, &[domain]).unwrap_err();
    assert!(error.to_string().contains("sharing"), "{error}");
    assert!(layer_breaches(&sources[..1], &[domain]).unwrap().is_empty());
    let sharing = Layer {
        name: "sharing",
        may: &[],
    };
    assert!(layer_breaches(&sources[..1], &[domain, sharing]).is_err());
}

#[test]
fn circles_are_found_over_several_steps() {
    let sources = [
        source("use crate::b::B;", &["a", "one"]),
        source("use crate::c::C;", &["b"]),
        source("use crate::a::one::A;", &["c"]),
        source("use crate::a::one::A;", &["d"]),
    ];
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    assert_eq!(circles_of_folders(&sources), [set(&["a", "b", "c"])]);
    assert_eq!(
        circles_of_files(&sources),
        [set(&["a/one.rs", "b.rs", "c.rs"])]
    );
    assert!(circles_of_folders(&sources[1..]).is_empty());
}

#[test]
fn a_file_may_name_the_modules_below_it_and_they_what_they_share() {
    let parent = source(
        "use crate::p::child::A; fn f() { self::child::g() }",
        &["p"],
    );
    let child = source("use super::B;", &["p", "child"]);
    assert!(circles_of_files(&[parent, child]).is_empty());
    let one = source("use super::two::B;", &["p", "one"]);
    let two = source("use super::one::A;", &["p", "two"]);
    assert_eq!(circles_of_files(&[one, two]).len(), 1);
}
