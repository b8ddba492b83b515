//! What shells and `man` need to know of the command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use clap_complete::Shell;

const NAME: &str = "alog";

/// For which shell.
#[derive(Clone, Copy, Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

const EXAMPLE: &str = "\
  alog completions bash > ~/.local/share/bash-completion/completions/alog
  alog completions zsh > ~/.zfunc/_alog
  alog completions fish > ~/.config/fish/completions/alog.fish";

/// Where to.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// The folder; it is made if it is not there
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Completions {
    /// Prints them.
    pub fn run(self, mut command: clap::Command) -> anyhow::Result<ExitCode> {
        let mut script = vec![];
        clap_complete::generate(self.shell, &mut command, NAME, &mut script);
        match std::io::Write::write_all(&mut std::io::stdout(), &script) {
            // `head` has enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

impl Man {
    /// Writes them.
    pub fn run(&self, command: clap::Command) -> anyhow::Result<ExitCode> {
        let named = || self.folder.display().to_string();
        std::fs::create_dir_all(&self.folder).with_context(named)?;
        clap_mangen::generate_to(command, &self.folder).with_context(named)?;
        println!("manual pages are in {0}: man {0}/alog.1", named());
        Ok(ExitCode::SUCCESS)
    }
}
