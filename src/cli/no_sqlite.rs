//! What stands in the place of `wire42 history` where SQLite was not built in: a sentence.

use std::ffi::OsString;

use clap::Args;

/// What cannot be read.
#[derive(Args)]
#[command(disable_help_flag = true)]
pub(crate) struct History {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

impl History {
    /// Says what is missing.
    pub(crate) fn check(&self) -> Result<(), String> {
        let _ = &self.words;
        Err("this build has no SQLite: build it with --features sqlite".to_owned())
    }

    /// Cannot be asked for.
    pub(crate) fn run(&self) -> Result<(), String> {
        self.check()
    }
}
