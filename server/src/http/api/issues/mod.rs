//! Comments, recordings and moments as issues of trackers.

mod hook;
mod make;
mod view;

pub use hook::take_hook;
pub use make::{
    __path_get_issues, __path_link_on_issue, __path_make_issue, get_issues, link_on_issue,
    make_issue,
};
