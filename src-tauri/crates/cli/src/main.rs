//! The command line: arguments to calls of the audit crate, their answers to text. Decides nothing about pixels.

mod args;
mod audit;
mod catalogue;
mod container;
mod decode;
mod inspect;
mod out;
mod progress;
mod stored;

use std::{path::Path, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use pixelproof_audit::{AuditError, words::visible};

use crate::{
    args::{Args, Command},
    out::Out,
};

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nothing at or above `--fail-on`.
pub(crate) const DONE: u8 = 0;
/// Findings at or above `--fail-on`.
pub(crate) const FINDINGS: u8 = 1;
/// Wrong use or unusable input.
pub(crate) const WRONG_USE: u8 = 2;
/// The audit could not be completed; what there is of it is kept.
pub(crate) const INCOMPLETE: u8 = 3;

/// Stack of the runtime's threads: pages are parsed on threads of their own, so that little is needed here.
const STACK: usize = 4 << 20;

fn main() -> ExitCode {
    let args = Args::parse();
    let out = Out::new(args.color, args.quiet);
    let vendors = args.vendors_dir.unwrap_or_else(pixelproof_audit::default_vendors_folder);
    for notice in pixelproof_audit::use_vendors(&vendors) {
        out.note(&format!("note: {}", visible(&notice)));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let code = match runtime {
        Ok(runtime) => {
            let code = runtime.block_on(run(args.command, &vendors, &out)).unwrap_or_else(|error| said(&error, &out));
            // A thread that is stuck in a page must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => said(&error.into(), &out),
    };
    ExitCode::from(code)
}

async fn run(command: Command, vendors: &Path, out: &Out) -> Result<u8> {
    match command {
        Command::Audit(args) => audit::run(*args, out).await,
        Command::Inspect(args) => inspect::run(*args, out).await,
        Command::Decode(args) => decode::run(&args, out),
        Command::Container(args) => container::run(&args, out).await,
        Command::Report(args) => stored::report(&args, out),
        Command::Diff(args) => stored::diff(&args, out),
        Command::History(args) => stored::history(&args, out),
        Command::Vendors(args) => catalogue::vendors(&args, vendors, out),
        Command::Rules(args) => catalogue::rules(&args, out),
        Command::Demo(args) => demo(args.port, out).await,
        Command::Schema => out.json(&pixelproof_audit::schema()).map(|()| DONE),
    }
}

/// Says on stderr what went wrong and gives the exit code for it.
fn said(error: &anyhow::Error, out: &Out) -> u8 {
    // Whoever read our output has gone: not an error of ours.
    if out::is_broken_pipe(error) {
        return DONE;
    }
    out.error(&words(error));
    match error.downcast_ref::<AuditError>() {
        Some(
            AuditError::CannotWrite { .. }
            | AuditError::Output(_)
            | AuditError::Store(_)
            | AuditError::Damaged(_)
            | AuditError::Internal(_),
        ) => INCOMPLETE,
        _ => WRONG_USE,
    }
}

/// The contexts of an error, one after the other. Ours is the last: it holds in its sentence what caused it.
fn words(error: &anyhow::Error) -> String {
    let ours = error.chain().position(|cause| cause.is::<AuditError>());
    let kept = ours.map_or(usize::MAX, |place| place + 1);
    let said: Vec<String> = error.chain().take(kept).map(ToString::to_string).collect();
    said.join(": ")
}

async fn demo(port: u16, out: &Out) -> Result<u8> {
    let shop = pixelproof_audit::demo::serve(port).await?;
    out.line(&format!("The demo shop is open at {}", shop.url()))?;
    out.note(&format!("Audit it with: pixelproof audit {}   Close it with Ctrl-C.", shop.url()));
    tokio::signal::ctrl_c().await?;
    shop.stop();
    Ok(DONE)
}
