//! What one source file names.

use anyhow::Result;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Item, Meta, UseTree};

/// A path, resolved to `crate::…` where it is one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub line: usize,
    pub path: String,
    /// Handed on by `pub use`.
    pub handed_on: bool,
}

/// A call of a method, or a field that is named: `.field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub line: usize,
    pub method: String,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) names: Vec<Name>,
    pub(super) calls: Vec<Call>,
    /// Modules that are only compiled for tests.
    pub(super) test_modules: Vec<Vec<String>>,
}

pub(super) fn find(text: &str, module: &[String]) -> Result<Found> {
    let file = syn::parse_file(text)?;
    let mut finder = Finder {
        module: module.to_vec(),
        found: Found::default(),
    };
    finder.visit_file(&file);
    Ok(finder.found)
}

struct Finder {
    module: Vec<String>,
    found: Found,
}

impl Finder {
    fn name(&mut self, line: usize, path: &str, handed_on: bool) {
        let path = self.resolve(path.trim_start_matches("::"));
        self.found.names.push(Name {
            line,
            path,
            handed_on,
        });
    }

    fn resolve(&self, path: &str) -> String {
        let mut module = self.module.clone();
        let mut rest = path;
        let mut ours = false;
        if let Some(after) = rest.strip_prefix("self::") {
            (rest, ours) = (after, true);
        }
        while let Some(after) = rest.strip_prefix("super::") {
            module.pop();
            (rest, ours) = (after, true);
        }
        if !ours {
            return path.to_owned();
        }
        let crate_ = std::iter::once("crate");
        crate_
            .chain(module.iter().map(String::as_str))
            .chain([rest])
            .collect::<Vec<_>>()
            .join("::")
    }

    /// `a::{b, c::{d}}` is `a::b` and `a::c::d`.
    fn unfold(&mut self, tree: &UseTree, prefix: &str, handed_on: bool) {
        let line = tree.span().start().line;
        let join = |name: &dyn ToString| {
            let name = name.to_string();
            match (prefix, name.as_str()) {
                ("", _) => name,
                (_, "self") => prefix.to_owned(),
                _ => format!("{prefix}::{name}"),
            }
        };
        match tree {
            UseTree::Path(path) => {
                let prefix = join(&path.ident);
                self.unfold(&path.tree, &prefix, handed_on);
            }
            UseTree::Name(name) => self.name(line, &join(&name.ident), handed_on),
            UseTree::Rename(rename) => self.name(line, &join(&rename.ident), handed_on),
            UseTree::Glob(_) => self.name(line, prefix, handed_on),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.unfold(tree, prefix, handed_on);
                }
            }
        }
    }

    /// Paths and calls among the tokens of a macro.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = String::new();
        let mut line = 0;
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        for (i, tree) in trees.iter().enumerate() {
            match tree {
                TokenTree::Ident(word) => {
                    if !path.is_empty() && !path.ends_with("::") {
                        self.end_of_path(&mut path, line);
                    }
                    line = word.span().start().line;
                    path.push_str(&word.to_string());
                    let after_dot = i.checked_sub(1).and_then(|i| trees.get(i));
                    let before = trees.get(i + 1);
                    if is_punct(after_dot, '.') {
                        let dot = if is_call(before) { "" } else { "." };
                        self.found.calls.push(Call {
                            line,
                            method: format!("{dot}{word}"),
                        });
                    }
                }
                TokenTree::Punct(p) if p.as_char() == ':' && !path.is_empty() => path.push(':'),
                other => {
                    self.end_of_path(&mut path, line);
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.end_of_path(&mut path, line);
    }

    fn end_of_path(&mut self, path: &mut String, line: usize) {
        let found = std::mem::take(path);
        let found = found.trim_end_matches(':');
        // One colon is that of a type or a field.
        if found.contains("::") && !found.replace("::", "").contains(':') {
            self.name(line, found, false);
        }
    }
}

fn is_punct(tree: Option<&TokenTree>, punct: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == punct)
}

fn is_call(tree: Option<&TokenTree>) -> bool {
    matches!(tree, Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis)
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            if let Item::Mod(module) = item {
                let inside = [module.ident.to_string()];
                let path = self.module.iter().cloned().chain(inside);
                self.found.test_modules.push(path.collect());
            }
            return;
        }
        match item {
            Item::Use(item) => {
                let handed_on = !matches!(item.vis, syn::Visibility::Inherited);
                self.unfold(&item.tree, "", handed_on);
            }
            Item::Mod(module) if module.content.is_some() => {
                self.module.push(module.ident.to_string());
                visit::visit_item(self, item);
                self.module.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let names = path.segments.iter().map(|s| s.ident.to_string());
            let text = names.collect::<Vec<_>>().join("::");
            self.name(path.span().start().line, &text, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, macro_: &'ast syn::Macro) {
        self.tokens(macro_.tokens.clone());
        visit::visit_macro(self, macro_);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if let Expr::Field(field) = expr
            && let syn::Member::Named(name) = &field.member
        {
            self.found.calls.push(Call {
                line: name.span().start().line,
                method: format!(".{name}"),
            });
        }
        if let Expr::MethodCall(call) = expr {
            self.found.calls.push(Call {
                line: call.method.span().start().line,
                method: call.method.to_string(),
            });
        }
        visit::visit_expr(self, expr);
    }
}
