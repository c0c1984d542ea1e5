mod books;
mod client;
mod clock;
mod completions;
mod create;
mod credentials;
mod customer_code;
mod events;
mod faults;
mod money;
mod output;
mod pay;
mod serve;
mod sign;
mod signed;
mod verify_webhook;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The mpac-pgw local gateway: take payments end to end on one machine, offline.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command, `serve` is run.\n\nExamples:\n  \
        mpac-gateway --ephemeral\n  \
        mpac-gateway create --amount 1500\n  \
        mpac-gateway pay pi_01HXY..."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway (the default).
    Serve(serve::Args),
    /// Create a payment intent, as a merchant's back end does.
    Create(create::Args),
    /// Scan a QR code and pay it, as the customer does.
    Pay(pay::Args),
    /// Show a code for the terminal to scan, as the customer's wallet does.
    CustomerCode(customer_code::Args),
    /// Cancel a payment intent, or release its reserved money.
    Cancel(money::CancelArgs),
    /// Take reserved money, all or part of it.
    Capture(money::CaptureArgs),
    /// Give money back, all or part of it.
    Refund(money::RefundArgs),
    /// Show the events that webhooks announce.
    Events(events::Args),
    /// Check a webhook's signature, as a back end does.
    VerifyWebhook(verify_webhook::Args),
    /// Have requests fail, in the ways that networks do.
    Faults(faults::Args),
    /// Check that the gateway's books hold what they must.
    Audit(books::AuditArgs),
    /// Forget everything.
    Reset(books::ResetArgs),
    /// Print a script for your shell that completes these commands.
    Completions(completions::Args),
    /// Print the Authorization header of a request.
    Sign(sign::Args),
    /// Show the gateway's time, or move it forward.
    Clock(clock::Args),
}

/// Runs a command. Errors are one line on stderr and exit code 1.
pub(crate) fn run(cli: Cli) -> ExitCode {
    let result = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(args),
        Command::Create(args) => create::run(args),
        Command::Pay(args) => pay::run(args),
        Command::CustomerCode(args) => customer_code::run(args),
        Command::Sign(args) => sign::run(args),
        Command::Clock(args) => clock::run(args),
        Command::Cancel(args) => money::cancel(args),
        Command::Capture(args) => money::capture(args),
        Command::Refund(args) => money::refund(args),
        Command::Events(args) => events::run(args),
        Command::VerifyWebhook(args) => verify_webhook::run(args),
        Command::Faults(args) => faults::run(args),
        Command::Audit(args) => books::audit(args),
        Command::Reset(args) => books::reset(args),
        Command::Completions(args) => completions::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has enough of it, as in `mpac-gateway create | head -1`.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
