use std::io::{self, Write};

/// Writes a line to stdout, at once: scripts wait for it.
pub(super) fn line(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(format!("{text}\n").as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes an error to stderr, on one line.
pub(super) fn error(error: &anyhow::Error) {
    // When stderr is gone, there is nobody left to tell.
    let _ = writeln!(io::stderr(), "mpac-gateway: {error:#}");
}

pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.downcast_ref::<io::Error>();
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Writes something beside the result to stderr.
pub(super) fn note(text: &str) {
    // As above.
    let _ = writeln!(io::stderr(), "{text}");
}
