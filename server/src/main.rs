//! `aside-server`: the verbs of the command line.

mod verbs;

use std::path::PathBuf;
use std::process::ExitCode;

use aside_manual::Generate;
use aside_server::domain::account::Email;
use aside_server::http::{openapi, router};
use clap::{CommandFactory as _, Parser, Subcommand};
use verbs::common::Common;

/// Takes recordings in while they are made; stores, serves and transcribes them.
#[derive(Parser)]
#[command(name = "aside-server", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Answer HTTP, and run a worker beside it
    Serve(Common),
    /// Transcribe, make posters, remove what was deleted; any number of them may run
    Worker(Common),
    /// Bring the database up to date (serve does it by itself)
    Migrate(Common),
    /// Accounts
    User {
        #[command(subcommand)]
        verb: verbs::account::User,
    },
    /// API tokens
    Token {
        #[command(subcommand)]
        verb: verbs::account::Token,
    },
    /// Transcripts
    Transcript {
        #[command(subcommand)]
        verb: verbs::transcript::Transcript,
    },
    /// What can be searched for
    Search {
        #[command(subcommand)]
        verb: verbs::search::Search,
    },
    /// Have made what older recordings lack: small pictures, previews, suggestions; a worker does it
    Fill {
        /// Jobs that begin in a minute
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=6000))]
        a_minute: u32,
        #[command(flatten)]
        common: Common,
    },
    /// Say what works here, what is missing, and what to do about it
    Doctor {
        /// Send a test mail to this address
        #[arg(long, value_name = "ADDRESS")]
        mail: Option<Email>,
        #[command(flatten)]
        common: Common,
    },
    /// Say that this database and this object store belong together; deletes nothing
    Pair {
        /// Do it; without it, only show what is known of both
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Write database and media to a new file or to a bucket, while the server runs or not
    Backup {
        /// The file to make, or s3://bucket/prefix?endpoint=…&region=…
        file: PathBuf,
        /// Only the database, without the media; for a file
        #[arg(long)]
        rows_only: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Load such a file, or a point of such a bucket, into a new database, of either kind
    Restore {
        /// The file, or the address of the bucket, that `backup` wrote to
        file: PathBuf,
        /// The point of a bucket, as `backup` and --list name it; the newest when it is not said
        #[arg(long, value_name = "NAME")]
        point: Option<String>,
        /// Only say which points the bucket holds
        #[arg(long)]
        list: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Copy the media to another folder or bucket; what is there already is passed over, nothing is deleted
    CopyObjects {
        /// A folder, or s3://bucket/prefix?endpoint=…&region=…
        #[arg(long, value_name = "DIR|URL")]
        to: String,
        #[command(flatten)]
        common: Common,
    },
    /// Write recordings to a folder: to look at without a server, and for `import`
    Export {
        /// The folder to make
        folder: PathBuf,
        /// Only the recordings of the account with this e-mail
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// Make no MP4 of each recording; the tracks are there all the same
        #[arg(long)]
        no_mp4: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Take in what `export` of another server wrote; the links stay the same
    Import {
        /// The folder that `export` made
        folder: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// Stand between a program that speaks the Model Context Protocol on stdin and stdout, and a server
    Mcp(verbs::mcp::Mcp),
    /// Print the description of the HTTP API
    Openapi,
    /// Settings
    Config {
        #[command(subcommand)]
        verb: ConfigVerb,
    },
    /// Decode one picture, for the server
    #[command(name = aside_server::service::frames::DECODE_VERB, hide = true)]
    DecodeFrame,
    /// Read the text of one picture, for a worker
    #[command(name = aside_server::service::screen_text::READ_VERB, hide = true)]
    ReadScreen {
        /// As tesseract names them
        languages: String,
    },
    /// Make a range into a file, for the server
    #[command(name = aside_server::service::excerpts::EXCERPT_VERB, hide = true)]
    MakeExcerpt,
    /// Try what a process that decodes could do, for `doctor`
    #[command(name = verbs::try_decoder::TRY_VERB, hide = true)]
    TryDecoder { file: PathBuf, port: u16 },
    /// Make manual pages and completions, for packages
    #[command(hide = true)]
    Generate {
        #[command(subcommand)]
        what: Generate,
    },
}

#[derive(Subcommand)]
enum ConfigVerb {
    /// Print a settings file with every setting and its explanation
    Sample,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    verbs::log::start();
    match run(cli.verb) {
        Ok(code) => code,
        Err(error) => {
            verbs::say::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::Openapi => verbs::say::raw(&openapi::document(router::routes())),
        Verb::Config {
            verb: ConfigVerb::Sample,
        } => verbs::say::raw(aside_server::config::SAMPLE),
        Verb::Generate { what } => what.run(Cli::command(), "8")?,
        Verb::ReadScreen { languages } => verbs::read_screen::run(&languages)?,
        Verb::DecodeFrame => verbs::decode_frame::run()?,
        Verb::MakeExcerpt => verbs::make_excerpt::run()?,
        Verb::TryDecoder { file, port } => verbs::try_decoder::run(&file, port)?,
        Verb::Serve(common) => return verbs::serve::run(common.resolve()?),
        Verb::Worker(common) => return verbs::worker::run(common.resolve()?),
        Verb::Migrate(common) => verbs::migrate::run(&common.resolve()?)?,
        Verb::Doctor { mail, common } => return verbs::doctor::run(&common.resolve()?, mail),
        Verb::Pair { yes, common } => return verbs::pair::run(&common.resolve()?, yes),
        Verb::Backup {
            file,
            rows_only,
            common,
        } => match file.to_str().filter(|it| verbs::backup::is_bucket(it)) {
            Some(bucket) => verbs::backup::backup_point(&common.resolve()?, bucket)?,
            None => verbs::backup::backup(&common.resolve()?, &file, rows_only)?,
        },
        Verb::Restore {
            file,
            point,
            list,
            common,
        } => match file.to_str().filter(|it| verbs::backup::is_bucket(it)) {
            Some(bucket) if list => verbs::backup::list(bucket)?,
            Some(bucket) => {
                verbs::backup::restore_point(&common.resolve()?, bucket, point.as_deref())?;
            }
            None => verbs::backup::restore(&common.resolve()?, &file)?,
        },
        Verb::CopyObjects { to, common } => verbs::copy_objects::run(&common.resolve()?, &to)?,
        Verb::Export {
            folder,
            user,
            no_mp4,
            common,
        } => {
            return verbs::archive::export(&common.resolve()?, &folder, user.as_deref(), !no_mp4);
        }
        Verb::Import { folder, common } => {
            return verbs::archive::import(&common.resolve()?, &folder);
        }
        Verb::Mcp(verb) => verbs::mcp::run(verb)?,
        Verb::User { verb } => verbs::account::user(verb)?,
        Verb::Transcript { verb } => verbs::transcript::transcript(verb)?,
        Verb::Fill { a_minute, common } => verbs::fill::run(&common.resolve()?, a_minute)?,
        Verb::Search { verb } => verbs::search::search(verb)?,
        Verb::Token { verb } => verbs::account::token(verb)?,
    }
    Ok(ExitCode::SUCCESS)
}
