use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, output};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    mpac-gateway completions bash > ~/.local/share/bash-completion/completions/mpac-gateway\n  \
    mpac-gateway completions zsh > ~/.zfunc/_mpac-gateway\n  \
    mpac-gateway completions fish > ~/.config/fish/completions/mpac-gateway.fish")]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mpac-gateway", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())
}
